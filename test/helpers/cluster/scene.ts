import { Scene, type SceneOptions } from "../../../src/runtime/chaos/scene/scene.js";
import { openTestElection } from "../data/election.js";

/** A scene whose election also trusts the keys that tests sign with. */
export function openScene(options: Omit<SceneOptions, "elect">): Promise<Scene> {
  return Scene.open({ ...options, elect: (engine) => openTestElection(engine, options.name, 4) });
}

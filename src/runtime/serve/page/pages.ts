import type { FastifyReply, FastifyRequest } from "fastify";
import type { LiveResult } from "../../contracts/http/result.js";
import type { Election } from "../../core/election.js";
import { VoteError } from "../../core/errors.js";
import { CodedBody } from "../../http/content-coding.js";
import type { Html } from "../../http/html.js";
import { asVoteError } from "../../http/problem.js";
import type { HttpServer } from "../../http/server.js";
import { contentId, liveCaching, officialCaching, sendCacheable } from "../results/cacheable.js";
import { type Assets, loadAssets } from "./assets.js";
import { csvOf } from "./csv.js";
import { electionsPage, problemPage } from "./elections-page.js";
import { type Localization, negotiateLocale } from "./negotiate-locale.js";
import { resultsPage } from "./results-page.js";
import { votePage } from "./vote-page.js";

interface PagesOptions {
  /**
   * Gives an election's result; the same object until it changes.
   *
   * @throws VoteError `unknown-election`, `view-unavailable`
   */
  readonly resultOf: (election: string) => Promise<LiveResult>;
  /** @throws VoteError `ledger-unavailable` */
  readonly elections: () => Promise<readonly Election[]>;
  /** Where the voting page sends ballots; without it there is no voting page. */
  readonly voteUrl?: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

interface PageRequest {
  Params: { id: string };
  Querystring: { lang?: unknown };
}
type Request = FastifyRequest<PageRequest>;

/** How many localizations of one state's page are cached. */
const maxCachedPages = 64;
const assetCaching = "public, max-age=31536000, immutable";

/** Adds the pages for people (elections, results, voting) and the files that they need. */
export function addPages({ app }: HttpServer, options: PagesOptions): void {
  const { resultOf, now } = options;
  const voteUrl = options.voteUrl === undefined ? undefined : originOf(options.voteUrl);
  const assets = loadAssets();
  const cached = new WeakMap<LiveResult, Map<string, CodedBody>>();
  app.get<PageRequest>("/", (request, reply) =>
    orProblem(request, reply, assets, async (localization) => {
      const elections = await options.elections();
      if (elections.length === 1) {
        return reply.header("cache-control", "no-cache").redirect(`/elections/${elections[0].id}`);
      }
      const body = bodyOf(electionsPage(elections, localization, assets));
      return sendPage(request, reply, body, liveCaching);
    }),
  );
  app.get<PageRequest>("/elections/:id", (request, reply) =>
    orProblem(request, reply, assets, async (localization) => {
      const figures = await resultOf(request.params.id);
      const pages = cached.get(figures) ?? new Map<string, CodedBody>();
      cached.set(figures, pages);
      const key = `${localization.language} ${localization.locale}`;
      const page = { figures, localization, assets, now: now() };
      const body = pages.get(key) ?? bodyOf(resultsPage(page));
      // A page that tells its age is rendered each time.
      const cacheable = figures.stale !== true && figures.behind === undefined;
      if (cacheable && pages.size < maxCachedPages) pages.set(key, body);
      return sendPage(request, reply, body, cachingOf(figures));
    }),
  );
  app.get<PageRequest>("/elections/:id/result.csv", async (request, reply) => {
    const figures = await resultOf(request.params.id);
    const body = new CodedBody(csvOf(figures));
    reply.header("content-disposition", `attachment; filename="${figures.election}.csv"`);
    const id = contentId(body.identity, figures.revision);
    const type = "text/csv; charset=utf-8";
    return sendCacheable(request, reply, body, { id, caching: cachingOf(figures), type });
  });
  if (voteUrl !== undefined) addVotePage({ app }, options, assets, voteUrl);
  addAssets({ app }, assets);
}

function addVotePage(
  { app }: Pick<HttpServer, "app">,
  { resultOf, now }: PagesOptions,
  assets: Assets,
  voteUrl: string,
): void {
  app.get<PageRequest>("/elections/:id/vote", (request, reply) =>
    orProblem(request, reply, assets, async (localization) => {
      const figures = await resultOf(request.params.id);
      const body = bodyOf(votePage({ figures, localization, assets, voteUrl, now: now() }));
      return sendPage(request, reply, body, "no-cache", voteUrl);
    }),
  );
}

function addAssets({ app }: Pick<HttpServer, "app">, assets: Assets): void {
  for (const url of assets.urls) {
    app.get(url, async (request, reply) => {
      const asset = assets.get(url);
      if (asset === undefined) throw new VoteError("not-found", "There is nothing here.");
      const { body, type } = asset;
      const id = contentId(body.identity, 0);
      return sendCacheable(request, reply, body, { id, caching: assetCaching, type });
    });
  }
}

/** Answers an error with a page if a person asks, and with the error's own status. */
async function orProblem(
  request: Request,
  reply: FastifyReply,
  assets: Assets,
  send: (localization: Localization) => Promise<FastifyReply>,
): Promise<FastifyReply> {
  const localization = negotiateLocale(request.headers["accept-language"], request.query.lang);
  try {
    return await send(localization);
  } catch (error) {
    const refusal = asVoteError(error);
    // Programs get problem+json, and unexpected errors go to the log.
    const wantsPage = (request.headers.accept ?? "").includes("text/html");
    if (!wantsPage || refusal.status === 500) throw error;
    const { title, message: detail, status } = refusal;
    if (status === 503) reply.header("retry-after", "1");
    const body = bodyOf(problemPage({ title, detail }, localization, assets));
    return sendPage(request, reply.code(status), body, "no-store");
  }
}

function bodyOf(page: Html): CodedBody {
  return new CodedBody(page.text);
}

function cachingOf({ official, stale }: LiveResult): string {
  return official && stale !== true ? officialCaching : liveCaching;
}

async function sendPage(
  request: Request,
  reply: FastifyReply,
  body: CodedBody,
  caching: string,
  voteUrl?: string,
): Promise<FastifyReply> {
  return sendCacheable(request, reply.headers(securityHeaders(voteUrl)), body, {
    id: contentId(body.identity, 0),
    caching,
    type: "text/html; charset=utf-8",
    vary: "Accept-Language, Accept",
  });
}

/**
 * Allows only our own files, nothing inline and no framing; only the voting page may connect to the
 * ingest.
 */
function securityHeaders(voteUrl: string | undefined): Record<string, string> {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src 'self'${voteUrl === undefined ? "" : ` ${voteUrl}`}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types proof-worker",
  ];
  return {
    "content-security-policy": policy.join("; "),
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
  };
}

/** @throws VoteError `invalid-usage` unless it is an http or https address */
function originOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url.origin;
  throw new VoteError("invalid-usage", `The ingest's address ${text} is not an HTTP address.`, {
    hint: "Give it like http://127.0.0.1:4000.",
  });
}

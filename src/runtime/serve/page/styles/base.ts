/** Colours, type and the page's frame. Every pair of colours keeps 4.5:1, in light and in dark. */
export const baseStyles = `
:root {
  color-scheme: light dark;
  --ground: #f4f5f8; --surface: #ffffff; --line: #dfe3ea; --track: #e6e9f0;
  --ink: #101623; --quiet: #4a5568; --link: #1f4fc4;
  --lead: #2453d6;
  --counting: #7a4600; --counting-ground: #ffefcf; --counting-edge: #e8a93a;
  --recounting: #173f96; --recounting-ground: #dfe9ff; --recounting-edge: #4f7df0;
  --certified: #0a5731; --certified-ground: #d7f4e2; --certified-edge: #25a564;
  --draft: #3d4759; --draft-ground: #e4e8ef; --draft-edge: #8a94a6;
  --closed: #5b2a86; --closed-ground: #f0e6fa; --closed-edge: #9a67c9;
  --candidate-0: #2453d6; --candidate-1: #b4560a; --candidate-2: #0f766e; --candidate-3: #9333b8;
  --candidate-4: #b3192e; --candidate-5: #66700a; --candidate-6: #0b75a8; --candidate-7: #5b6475;
  --alarm: #8c1d18; --alarm-ground: #fde7e5;
  --radius: 1rem;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0a0e16; --surface: #121925; --line: #273145; --track: #212b3d;
    --ink: #f1f4fa; --quiet: #aab6ca; --link: #9dbbff;
    --lead: #7aa2ff;
    --counting: #ffd78a; --counting-ground: #38290a; --counting-edge: #e8a93a;
    --recounting: #bcd0ff; --recounting-ground: #16264f; --recounting-edge: #5b87f5;
    --certified: #a4ecc2; --certified-ground: #0c331f; --certified-edge: #2fb872;
    --draft: #cbd3e1; --draft-ground: #232c3c; --draft-edge: #75819a;
    --closed: #dcc3f5; --closed-ground: #321a49; --closed-edge: #9a67c9;
    --candidate-0: #7aa2ff; --candidate-1: #f59e4c; --candidate-2: #2fc4b2; --candidate-3: #cf8af0;
    --candidate-4: #ff8088; --candidate-5: #c5d145; --candidate-6: #58c4f5; --candidate-7: #a5b0c4;
    --alarm: #ffc9c4; --alarm-ground: #45120f;
  }
}
*, ::before, ::after { box-sizing: border-box; }
html { font-size: clamp(1rem, 0.72rem + 0.5vw, 2.4rem); -webkit-text-size-adjust: 100%; }
body {
  margin: 0; min-height: 100vh; display: flex; flex-direction: column;
  background: var(--ground); color: var(--ink); line-height: 1.45;
  font-family: Inter, ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto,
    "Helvetica Neue", "Noto Sans", Arial, sans-serif;
  font-variant-numeric: tabular-nums;
  border-top: 0.4rem solid var(--edge, var(--line));
}
[data-standing="draft"] { --edge: var(--draft-edge); }
[data-standing="counting"] { --edge: var(--counting-edge); }
[data-standing="closed"] { --edge: var(--closed-edge); }
[data-standing="recounting"] { --edge: var(--recounting-edge); }
[data-standing="disputed"] { --edge: var(--alarm); }
[data-standing="certified"] { --edge: var(--certified-edge); }
h1, h2, p, dl, dd, table, figure, fieldset, ul { margin: 0; padding: 0; }
a { color: var(--link); text-underline-offset: 0.2em; }
:focus-visible { outline: 0.2rem solid var(--link); outline-offset: 0.2rem; border-radius: 0.3rem; }
[hidden] { display: none !important; }
.skip { position: absolute; left: 1rem; top: -6rem; padding: 0.7rem 1rem;
  background: var(--surface); border-radius: 0 0 0.5rem 0.5rem; z-index: 2; }
.skip:focus { top: 0; }
.unseen { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden;
  clip-path: inset(50%); white-space: nowrap; }
.top, .main, .foot { width: 100%; max-width: 104rem; margin-inline: auto;
  padding-inline: clamp(1rem, 4vw, 3.5rem); }
.top { display: flex; flex-wrap: wrap; gap: 0.4rem 1.5rem; align-items: center;
  justify-content: space-between; padding-block: 1.1rem; color: var(--quiet); font-size: 0.9rem; }
.brand { display: inline-flex; gap: 0.55rem; align-items: center; font-weight: 600;
  color: var(--quiet); text-decoration: none; min-height: 1.75rem; }
.brand svg { width: 1.25em; height: 1.25em; }
.languages { display: flex; gap: 1rem; list-style: none; }
.languages a { display: inline-block; padding: 0.2rem 0.1rem; min-height: 1.75rem;
  color: var(--quiet); }
.languages [aria-current] { color: var(--ink); font-weight: 650; text-decoration: none; }
.main { flex: 1; padding-bottom: 2.5rem; }
.foot { border-top: 1px solid var(--line); color: var(--quiet); font-size: 0.85rem;
  padding-block: 1.1rem 1.6rem; display: flex; flex-wrap: wrap; gap: 0.4rem 2rem;
  justify-content: space-between; }
.card { background: var(--surface); border: 1px solid var(--line); border-radius: var(--radius);
  padding: clamp(1rem, 2.2vw, 1.75rem); }
.card h2 { font-size: 0.95rem; font-weight: 600; color: var(--quiet); margin-bottom: 0.7rem; }
.banner { background: var(--alarm-ground); color: var(--alarm); border-radius: 0.7rem;
  padding: 0.7rem 1rem; margin-bottom: 1rem; font-weight: 550; }
.button { font: inherit; font-weight: 650; color: var(--surface); background: var(--link);
  border: 0; border-radius: 0.7rem; padding: 0.8rem 1.6rem; min-height: 2.9rem; cursor: pointer;
  text-decoration: none; display: inline-block; }
.button:disabled { background: var(--track); color: var(--quiet); cursor: default; }
.status { display: inline-flex; align-items: center; gap: 0.55rem; font-weight: 650;
  padding: 0.35rem 0.95rem 0.35rem 0.7rem; border-radius: 99rem; border: 1px solid var(--edge); }
.status svg { width: 1.3em; height: 1.3em; flex: none; }
.status .icon { display: none; }
[data-standing="draft"] .status { color: var(--draft); background: var(--draft-ground); }
[data-standing="counting"] .status { color: var(--counting); background: var(--counting-ground); }
[data-standing="closed"] .status { color: var(--closed); background: var(--closed-ground); }
[data-standing="recounting"] .status { color: var(--recounting);
  background: var(--recounting-ground); }
[data-standing="disputed"] .status { color: var(--alarm); background: var(--alarm-ground); }
[data-standing="certified"] .status { color: var(--certified);
  background: var(--certified-ground); }
[data-standing="draft"] .icon-draft, [data-standing="counting"] .icon-counting,
[data-standing="closed"] .icon-closed, [data-standing="recounting"] .icon-recounting,
[data-standing="disputed"] .icon-disputed, [data-standing="certified"] .icon-certified {
  display: block; }
code, .digest { font-family: ui-monospace, "Cascadia Mono", "DejaVu Sans Mono", Menlo, monospace;
  font-size: 0.85em; overflow-wrap: anywhere; }
code { background: var(--track); border-radius: 0.35rem; padding: 0.15em 0.4em; }
@media (prefers-reduced-motion: no-preference) {
  .icon-counting circle.pulse { animation: pulse 2s ease-out infinite; transform-origin: center; }
  .bar .fill { transition: width 0.35s ease-out; }
}
@keyframes pulse { from { opacity: 0.7; transform: scale(0.5); }
  to { opacity: 0; transform: scale(1.15); } }
@media (forced-colors: active) {
  .bar .fill { fill: CanvasText; } .bar .track { fill: Canvas; stroke: CanvasText; }
  .card, .banner, .button { border: 1px solid CanvasText; }
}
@media print { .top, .banner, .skip, .downloads { display: none; } body { background: none; } }
`;

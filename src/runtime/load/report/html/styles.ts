/** The page's styles. Every pair of colours has a contrast of 4.5:1 or more, light and dark. */
export const reportStyles = `
:root {
  color-scheme: light dark;
  --ground: #f4f5f8; --surface: #ffffff; --line: #dfe3ea; --track: #e6e9f0;
  --ink: #101623; --quiet: #4a5568; --lead: #2453d6; --good: #0b7a43; --warm: #b04a00;
  --alarm: #b3261e; --caution: #7a4600;
  --good-ground: #d7f4e2; --alarm-ground: #fde7e5; --caution-ground: #ffefcf;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0a0e16; --surface: #121925; --line: #273145; --track: #212b3d;
    --ink: #f1f4fa; --quiet: #aab6ca; --lead: #7aa2ff; --good: #5fd596; --warm: #ffae6b;
    --alarm: #ff9d95; --caution: #ffd78a;
    --good-ground: #0c331f; --alarm-ground: #45120f; --caution-ground: #38290a;
  }
}
*, ::before, ::after { box-sizing: border-box; }
html { font-size: clamp(1rem, 0.55rem + 0.45vw, 2rem); }
body {
  margin: 0; background: var(--ground); color: var(--ink); line-height: 1.45;
  font-family: Inter, ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto,
    "Helvetica Neue", "Noto Sans", Arial, sans-serif;
  font-variant-numeric: tabular-nums;
}
h1, h2, h3, p, dl, dd, figure, ul, pre { margin: 0; padding: 0; }
header, main, footer { max-width: 110rem; margin-inline: auto; padding: 0 clamp(1rem, 3vw, 2rem); }
header { padding-block: 2rem 1.25rem; }
h1 { font-size: clamp(1.5rem, 3vw, 2.1rem); line-height: 1.2; display: flex; flex-wrap: wrap;
  gap: 0.5rem 1rem; align-items: center; overflow-wrap: anywhere; }
h2 { font-size: 1rem; margin-bottom: 0.7rem; }
.under { color: var(--quiet); margin-top: 0.4rem; overflow-wrap: anywhere; }
.verdict { font-size: 0.95rem; font-weight: 700; padding: 0.3rem 0.9rem; border-radius: 99rem;
  border: 1px solid currentColor; }
.pass { color: var(--good); }
.fail { color: var(--alarm); }
.verdict.pass { background: var(--good-ground); }
.verdict.fail { background: var(--alarm-ground); }
.note { border-radius: 0.7rem; padding: 0.8rem 1.1rem; margin-bottom: 1rem; }
.note ul { padding-left: 1.2rem; margin-block: 0.3rem; }
.note.fail { background: var(--alarm-ground); }
.note.caution { background: var(--caution-ground); color: var(--caution); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(10.5rem, 1fr)); gap: 1rem;
  margin-bottom: 1rem; }
.tile, .card { background: var(--surface); border: 1px solid var(--line); border-radius: 0.9rem; }
.tile { padding: 0.9rem 1.1rem; }
.tile dt { color: var(--quiet); font-size: 0.85rem; }
.tile dd { font-size: 1.5rem; font-weight: 650; line-height: 1.25; }
.tile small { display: block; font-size: 0.8rem; font-weight: 400; color: var(--quiet); }
.grid { display: flex; flex-wrap: wrap; gap: 1rem; margin-bottom: 1rem; }
.grid:empty { display: none; }
.card { padding: 1.1rem clamp(0.75rem, 2vw, 1.25rem); flex: 1 1 min(100%, 30rem); min-width: 0; }
td.none { text-align: left; color: var(--quiet); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 0.92rem; }
th, td { text-align: right; padding: 0.35rem 0.5rem; border-top: 1px solid var(--line);
  white-space: nowrap; }
thead th { border-top: 0; color: var(--quiet); font-weight: 500; }
th:first-child, th.text, td.text { text-align: left; }
tbody th { font-weight: 500; }
td.text { white-space: normal; overflow-wrap: anywhere; }
td.words { overflow-wrap: normal; }
@media (max-width: 30rem) {
  th, td { padding-inline: 0.2rem; }
  tbody th { white-space: normal; }
}
tr.lesser { color: var(--quiet); }
td.bad { color: var(--alarm); font-weight: 700; }
code, pre { font-family: ui-monospace, "Cascadia Mono", "DejaVu Sans Mono", Menlo, monospace;
  font-size: 0.9em; }
pre { background: var(--track); border-radius: 0.6rem; padding: 0.8rem 1rem; white-space: pre-wrap;
  overflow-wrap: anywhere; user-select: all; margin-top: 0.4rem; }
.hint { color: var(--quiet); font-size: 0.85rem; margin-top: 0.6rem; }
footer { color: var(--quiet); font-size: 0.85rem; padding-block: 0.5rem 2.5rem; }
.uplot { font-family: inherit; }
.u-legend { color: var(--ink); font-size: 0.82rem; text-align: left; margin-top: 0.3rem; }
.u-legend tr:first-child .u-marker { display: none; }
.u-legend .u-marker { width: 1.5em; height: 0; border-width: 2px 0 0 !important;
  background: none !important; }
.u-legend th { padding: 0.15rem 0.2rem; border: 0; font-weight: 500; color: var(--quiet); }
.u-legend td { padding: 0.15rem 0.6rem 0.15rem 0; border: 0; min-width: 4.5rem; text-align: left; }
.u-inline tr { margin-right: 0.4rem; }
@media print { .card, .tile { break-inside: avoid; } body { background: none; } }
`;

/** The voting page. */
export const voteStyles = `
.ballot { max-width: 46rem; }
.ballot fieldset { border: 0; min-width: 0; }
.ballot legend { font-weight: 600; color: var(--quiet); padding: 0; margin-bottom: 0.8rem; }
.choice { display: flex; gap: 0.9rem; align-items: center; padding: 0.95rem 1.1rem;
  border: 1px solid var(--line); border-radius: 0.8rem; margin-bottom: 0.7rem; cursor: pointer;
  font-size: 1.15rem; font-weight: 600; overflow-wrap: anywhere; min-width: 0; }
.choice span { min-width: 0; }
.choice input { width: 1.35rem; height: 1.35rem; accent-color: var(--link); flex: none; margin: 0; }
.choice:hover { border-color: var(--link); }
.choice:has(input:checked) { border-color: var(--link); box-shadow: inset 0 0 0 1px var(--link); }
.choice:has(input:focus-visible) { outline: 0.2rem solid var(--link); outline-offset: 0.15rem; }
fieldset:disabled .choice { cursor: default; opacity: 0.75; }
.message { max-width: 46rem; font-weight: 550; margin-top: 1rem; }
.onward { margin-top: 1.2rem; }
.receipt h2, .receipt h2:first-child { font-size: 1.5rem; font-weight: 720; color: var(--ink);
  letter-spacing: -0.015em; }
.receipt .digest { font-size: 0.78em; }
.signed { margin-block: 0.4rem 0.8rem; }
.receipt #signed-text { word-break: break-all; text-align: left; font-weight: 400; }
.signed a { font-weight: 600; }
.signed p + p { color: var(--quiet); }
.picture { display: block; width: 100%; max-width: 28rem; margin-top: 0.6rem; background: #fff;
  shape-rendering: crispEdges; }
.receipt details { margin-top: 0.4rem; }
.receipt summary { cursor: pointer; color: var(--link); font-weight: 600; min-height: 1.75rem; }
.receipt { max-width: 46rem; }
.receipt .facts { margin-top: 0.9rem; }
.progress { display: flex; gap: 0.6rem; align-items: center; margin-top: 1.1rem;
  padding: 0.75rem 1rem; border-radius: 0.7rem; font-weight: 620; background: var(--track); }
.progress.counted { background: var(--certified-ground); color: var(--certified); }
.progress.rejected { background: var(--alarm-ground); color: var(--alarm); }
.progress svg { width: 1.4em; height: 1.4em; flex: none; display: none; }
.progress.counted .icon-counted, .progress.rejected .icon-rejected { display: block; }
.receipt .after { color: var(--quiet); margin-block: 0.8rem; }
.voter { color: var(--quiet); margin-bottom: 1rem; }
.voter:empty { display: none; }
`;

/** The results page and the list of elections. */
export const resultsStyles = `
.hero { display: grid; gap: 0.6rem 3rem; align-items: end; margin-block: 0.6rem 1.6rem;
  grid-template-columns: minmax(0, 1fr); }
.hero h1 { font-size: clamp(1.9rem, 1.1rem + 2.6vw, 3.6rem); line-height: 1.08; font-weight: 750;
  letter-spacing: -0.022em; text-wrap: balance; overflow-wrap: anywhere; margin-top: 0.9rem; }
.hero .note { color: var(--quiet); margin-top: 0.6rem; font-size: 1.05rem; }
.total { min-width: 0; display: flex; flex-direction: column; margin-top: 0.6rem; }
.total b { font-size: clamp(2.6rem, 1.4rem + 3.6vw, 4.6rem); font-weight: 750; line-height: 1;
  letter-spacing: -0.03em; overflow-wrap: anywhere; }
.total span { color: var(--quiet); font-size: 1.05rem; margin-top: 0.4rem; }
.columns { display: grid; gap: clamp(0.9rem, 1.6vw, 1.5rem);
  grid-template-columns: minmax(0, 1fr); }
.stack { display: flex; flex-direction: column; gap: clamp(0.9rem, 1.6vw, 1.5rem); min-width: 0; }
.turnout { flex: 1; display: flex; flex-direction: column; }
.turnout figure { flex: 1; display: flex; flex-direction: column; }
.turnout .plot { flex: 1 1 12rem; margin-top: 0; }
.margin { margin-top: 1rem; padding-top: 0.9rem; border-top: 1px solid var(--line);
  font-weight: 600; overflow-wrap: anywhere; }
@media (min-width: 60em) {
  .hero { grid-template-columns: minmax(0, 1fr) auto; }
  .hero .total { text-align: right; }
  .columns { grid-template-columns: minmax(0, 1.9fr) minmax(17rem, 1fr); }
}
.results, .results caption, .results thead, .results tbody { display: block; }
.results tr { display: grid; align-items: baseline; column-gap: 1rem;
  grid-template: "name share" auto "bar bar" auto "votes votes" auto / minmax(0, 1fr) auto; }
.results tbody tr { padding-block: 0.95rem; border-top: 1px solid var(--line); }
.results tbody tr:first-child { border-top: 0; padding-top: 0; }
.results tbody tr:last-child { padding-bottom: 0; }
.results th, .results td { display: block; padding: 0; text-align: start; }
.results .name { grid-area: name; font-size: clamp(1.1rem, 0.9rem + 0.6vw, 1.5rem);
  font-weight: 620; line-height: 1.2; overflow-wrap: anywhere; min-width: 0; }
.results tbody .name { display: flex; flex-wrap: wrap; gap: 0.3rem 0.7rem; align-items: center; }
.results .name > span { min-width: 0; }
.results .share { grid-area: share; font-size: clamp(1.35rem, 1rem + 1vw, 2rem); font-weight: 720;
  letter-spacing: -0.015em; line-height: 1.1; text-align: end; }
.results .votes { grid-area: votes; color: var(--quiet); }
.results .draw { grid-area: bar; padding-block: 0.5rem 0.4rem; line-height: 0; }
.bar { width: 100%; height: 0.8rem; display: block; }
.bar .track { fill: var(--track); }
.bar .fill { fill: var(--candidate); }
[data-colour="0"] { --candidate: var(--candidate-0); }
[data-colour="1"] { --candidate: var(--candidate-1); }
[data-colour="2"] { --candidate: var(--candidate-2); }
[data-colour="3"] { --candidate: var(--candidate-3); }
[data-colour="4"] { --candidate: var(--candidate-4); }
[data-colour="5"] { --candidate: var(--candidate-5); }
[data-colour="6"] { --candidate: var(--candidate-6); }
[data-colour="7"] { --candidate: var(--candidate-7); }
.badge { display: none; align-items: center; gap: 0.3em; font-size: 0.78rem; font-weight: 650;
  padding: 0.15em 0.65em; border-radius: 99rem;
  color: var(--recounting); background: var(--recounting-ground);
  white-space: nowrap; }
.leading .badge { display: inline-flex; }
.badge svg { width: 0.9em; height: 0.9em; }
.rate b { font-size: 2.1rem; font-weight: 730; letter-spacing: -0.02em; line-height: 1; }
.plot { height: 9.5rem; margin-top: 0.8rem; overflow: hidden; position: relative; }
.plot .uplot { position: absolute; }
.rate span, figcaption { color: var(--quiet); font-size: 0.85rem; margin-top: 0.4rem; }
.facts div { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1.2rem;
  padding-block: 0.45rem; border-top: 1px solid var(--line); }
.facts div:first-child { border-top: 0; padding-top: 0; }
.facts dt { color: var(--quiet); }
.facts dd { font-weight: 600; text-align: end; margin-inline-start: auto; }
.downloads { display: flex; flex-wrap: wrap; gap: 0.6rem; list-style: none; margin-top: 0.9rem; }
.downloads a { display: inline-block; padding: 0.45rem 1rem; border-radius: 0.6rem;
  border: 1px solid var(--line); text-decoration: none; font-weight: 600; }
.downloads a:hover { border-color: var(--link); }
.check p + p { margin-top: 0.6rem; }
.check .quiet { color: var(--quiet); }
.elections { display: grid; gap: 0.9rem; list-style: none; margin-top: 1.4rem; }
.elections a { display: block; font-size: 1.35rem; font-weight: 680; text-decoration: none;
  overflow-wrap: anywhere; margin-bottom: 0.6rem; }
.elections .status { font-size: 0.9rem; }
.u-hz .u-wrap { font-family: inherit; }
`;

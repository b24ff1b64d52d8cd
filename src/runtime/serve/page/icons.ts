import { html } from "../../http/html.js";

const check = html`<path d="M7.5 12.4l3 3 6-6.4" fill="none" stroke="currentColor"
 stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round"/>`;
const ring = html`<circle cx="12" cy="12" r="9.5" fill="none" stroke="currentColor"
 stroke-width="2"/>`;

/** One icon for each standing, so that nothing depends on colour alone. */
export const standingIcons = html`<svg class="icon icon-draft" viewBox="0 0 24 24"
 aria-hidden="true">${ring}<path d="M12 7v5.4l3.4 2" fill="none" stroke="currentColor"
 stroke-width="2" stroke-linecap="round"/></svg><svg class="icon icon-counting"
 viewBox="0 0 24 24" aria-hidden="true"><circle class="pulse" cx="12" cy="12" r="11"
 fill="currentColor" opacity="0.25"/><circle cx="12" cy="12" r="5"
 fill="currentColor"/></svg><svg class="icon icon-closed"
 viewBox="0 0 24 24" aria-hidden="true"><rect x="5" y="10.5" width="14" height="10" rx="2"
 fill="none" stroke="currentColor" stroke-width="2"/><path d="M8 10.5V8a4 4 0 0 1 8 0v2.5"
 fill="none" stroke="currentColor" stroke-width="2"/></svg><svg
 class="icon icon-recounting" viewBox="0 0 24 24"
 aria-hidden="true"><path d="M20 12a8 8 0 0 1-13.9 5.4M4 12a8 8 0 0 1 13.9-5.4M18 2.8v4h-4M6
 21.2v-4h4" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round"
 stroke-linejoin="round"/></svg><svg class="icon icon-disputed" viewBox="0 0 24 24"
 aria-hidden="true"><path d="M12 3.5l9.5 17h-19zM12 10v5M12 17.4v.6" fill="none"
 stroke="currentColor" stroke-width="2" stroke-linecap="round"
 stroke-linejoin="round"/></svg><svg class="icon icon-certified" viewBox="0 0 24 24"
 aria-hidden="true">${ring}${check}</svg>`;

/** Shown by what has become of a ballot. */
export const decisionIcons = html`<svg class="icon-counted" viewBox="0 0 24 24"
 aria-hidden="true">${ring}${check}</svg><svg class="icon-rejected" viewBox="0 0 24 24"
 aria-hidden="true">${ring}<path d="M8.5 8.5l7 7M15.5 8.5l-7 7" fill="none"
 stroke="currentColor" stroke-width="2.2" stroke-linecap="round"/></svg>`;

export const leadIcon = html`<svg viewBox="0 0 24 24" aria-hidden="true"><path fill="currentColor"
 d="M12 3l2.8 6 6.4.7-4.8 4.4 1.4 6.4L12 17.2l-5.8 3.3 1.4-6.4L2.8 9.7 9.2 9z"/></svg>`;

export const brandIcon = html`<svg viewBox="0 0 24 24" aria-hidden="true"><path fill="none"
 stroke="currentColor" stroke-width="2" stroke-linejoin="round" d="M3.5 12.5h17V21h-17zM7.5
 12.5V3h9v9.5M10 7.6l1.6 1.6L14.6 6"/></svg>`;

/** The icon in the browser's tab, served as a file. */
export const faviconSvg =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" ' +
  'rx="8" fill="#2453d6"/><path d="M8.5 17l5 5 10-12" fill="none" stroke="#fff" ' +
  'stroke-width="3.6" stroke-linecap="round" stroke-linejoin="round"/></svg>';

/** Whether a request has this preference (RFC 7240). @param prefer its Prefer header */
export function prefers(prefer: string | string[] | undefined, preference: RegExp): boolean {
  return prefer !== undefined && preference.test(String(prefer));
}

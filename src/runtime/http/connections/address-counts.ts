import { isIPv6, type Socket } from "node:net";

/** Counts open connections by the client's address. */
export class AddressCounts {
  readonly #counts = new Map<string, number>();

  /**
   * Counts a connection until it closes.
   *
   * @returns false, without counting it, if its address already has that many connections
   */
  admit(socket: Socket, maxPerAddress: number): boolean {
    const address = addressGroup(socket.remoteAddress ?? "");
    const count = this.#counts.get(address) ?? 0;
    if (count >= maxPerAddress) return false;
    this.#counts.set(address, count + 1);
    socket.once("close", () => {
      const left = (this.#counts.get(address) ?? 1) - 1;
      if (left === 0) this.#counts.delete(address);
      else this.#counts.set(address, left);
    });
    return true;
  }
}

/** Tells whether the client runs on this machine. */
export function isLoopback(address: string | undefined): boolean {
  return address !== undefined && /^(::1$|(::ffff:)?127\.)/.test(address);
}

/** Groups addresses by subscriber: an IPv4 address, or the /64 of an IPv6 address. */
export function addressGroup(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped !== null) return mapped[1];
  if (!isIPv6(address)) return address;
  const [head, tail] = address.split("%", 1)[0].split("::") as [string, string?];
  const first = head === "" ? [] : head.split(":");
  const last = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - first.length - last.length);
  return [...first, ...new Array<string>(zeros).fill("0"), ...last].slice(0, 4).join(":");
}

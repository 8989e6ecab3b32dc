/** Whether a name lies in the subtree of a name constraint, form by form (RFC 5280 §4.2.1.10). What cannot be taken apart lies in none. */

/** A host and everything below it; a leading dot leaves the host itself out. */
export function hostWithin(host: string, subtree: string): boolean {
  const name = host.toLowerCase();
  const base = subtree.toLowerCase();
  if (base === '') return true;
  return base.startsWith('.') ? name.endsWith(base) : name === base || name.endsWith(`.${base}`);
}

/** Whether a wildcard stands for a host in the subtree, among others: then excluding the subtree excludes the wildcard. */
export function wildcardReaches(host: string, subtree: string): boolean {
  return host.startsWith('*.') && hostWithin(subtree.replace(/^\./, ''), host.slice(2));
}

/** A host name as names and URIs hold it, a wildcard included: no empty label, nothing but letters, digits, hyphen and underscore. */
export function isHost(text: string): boolean {
  return text.length <= 253 && /^(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/i.test(text);
}

/** One mailbox, all of a host, or with a leading dot all of the hosts below a domain. */
export function emailWithin(email: string, subtree: string): boolean {
  const at = email.lastIndexOf('@');
  const host = email.slice(at + 1);
  if (!subtree.includes('@')) return mailHostWithin(host, subtree);
  const subtreeAt = subtree.lastIndexOf('@');
  const sameMailbox = email.slice(0, at) === subtree.slice(0, subtreeAt);
  return sameMailbox && host.toLowerCase() === subtree.slice(subtreeAt + 1).toLowerCase();
}

export function isEmail(text: string): boolean {
  const [mailbox = '', host = '', ...more] = text.split('@');
  return mailbox !== '' && more.length === 0 && isHost(host);
}

/** The URI's host, which must be a name: exactly it, or with a leading dot all hosts below. */
export function uriWithin(uri: string, subtree: string): boolean {
  const host = hostOf(uri);
  return host !== null && mailHostWithin(host, subtree);
}

/** @param address 4 or 16 octets @param subtree address and mask */
export function addressWithin(address: Uint8Array, subtree: Uint8Array): boolean {
  const size = address.length;
  if (subtree.length !== size * 2) return false;
  return address.every(
    (octet, i) => (octet & (subtree[size + i] ?? 0)) === ((subtree[i] ?? 0) & (subtree[size + i] ?? 0)),
  );
}

function mailHostWithin(host: string, subtree: string): boolean {
  const name = host.toLowerCase();
  const base = subtree.toLowerCase();
  return base.startsWith('.') ? name.endsWith(base) && name.length > base.length : name === base;
}

/** The host name in a URI, or null where it has none that is a name. */
export function hostOf(uri: string): string | null {
  const authority = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(uri)?.[1];
  if (authority === undefined) return null;
  const host = authority.slice(authority.lastIndexOf('@') + 1).replace(/:\d*$/, '');
  return !isHost(host) || /^[\d.]+$/.test(host) ? null : host;
}

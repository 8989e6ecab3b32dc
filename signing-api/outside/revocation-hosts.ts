/** `host` (the scheme's own port) or `host:port`, as KYSO_REVOCATION_HOSTS lists them; IPv6 in brackets. */
export const HOST = /^(?:\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::[1-9]\d{0,4})?$/;

const MAX_ADDRESS = 1024;
const OWN_PORT: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

/**
 * The address in a certificate, where it may be asked: http or https, without credentials, at a host that is listed exactly so. A listed
 * name may resolve to whatever its DNS says, private addresses included: who lists it vouches for it.
 * @returns null for every other address
 */
export function allowedAddress(text: string, hosts: readonly string[]): URL | null {
  if (text.length > MAX_ADDRESS || !URL.canParse(text)) return null;
  const url = new URL(text);
  const ownPort = OWN_PORT[url.protocol];
  if (ownPort === undefined || url.username !== '' || url.password !== '') return null;
  url.hash = '';
  const withPort = `${url.hostname}:${url.port === '' ? ownPort : url.port}`;
  return hosts.includes(url.host) || hosts.includes(withPort) ? url : null;
}

/** The host of an address that may not be asked, for whoever lists hosts; null where listing it would not help. */
export function hostOf(text: string): string | null {
  if (text.length > MAX_ADDRESS || !URL.canParse(text)) return null;
  const { protocol, host } = new URL(text);
  return protocol in OWN_PORT && host !== '' ? host : null;
}

/** How the API says which agents it still signs with: a header on every answer of `GET /healthz`. Without it, any. */
export const MINIMUM_AGENT_HEADER = 'kyso-minimum-agent';

export type AgentVersion = readonly [major: number, minor: number, patch: number];

/** @returns null where the text is not three whole numbers */
export function parseAgentVersion(text: string): AgentVersion | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  return match ? [Number(match[1]), Number(match[2]), Number(match[3])] : null;
}

export function isOlder(version: AgentVersion, minimum: AgentVersion): boolean {
  const at = version.findIndex((number, i) => number !== minimum[i]);
  return at >= 0 && (version[at] ?? 0) < (minimum[at] ?? 0);
}

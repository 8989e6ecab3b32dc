import { Refusal } from '#core/refusal';
import { isOlder, parseAgentVersion, type AgentVersion } from '#core/wire/agent-version';

/** `kyso-agent/0.1.0`, perhaps with more products behind it (RFC 9110 §10.1.5) */
const AGENT = /^kyso-agent\/([\d.]+)(?=[ +-]|$)/;

/** @throws Refusal AGENT_TOO_OLD, also where a minimum is asked for and the caller does not say who it is */
export function demandAgent(userAgent: string | undefined, minimum: AgentVersion | undefined): void {
  if (!minimum) return;
  const version = parseAgentVersion(AGENT.exec(userAgent ?? '')?.[1] ?? '');
  if (!version || isOlder(version, minimum)) throw new Refusal('AGENT_TOO_OLD');
}

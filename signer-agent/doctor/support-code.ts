import type { RefusalCode } from '#core/refusal';
import { parseAgentVersion } from '#core/wire/agent-version';
import { LINKS, type Link, type LinkReport, type WarningCode } from './report.ts';

/**
 * The support code: what a machine check found, short enough to be read out over the telephone, and nothing about a person or a unit.
 * KYSO-XXXX-XXXX-XXXX: eleven characters of Crockford's Base32 (crockford.com/base32) and a check character. Their 55 bits: format 2,
 * agent version 3 + 5 + 5, Node's major version over 18 5, and 5 for each link.
 */

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const FORMAT = 0n;
const OLDEST_NODE = 18;

type Code = RefusalCode | WarningCode;
export type Outcome = 'OK' | 'NOT_RUN' | 'OTHER' | Code;

/** A code's place is its number for ever: codes are added at the end, and never taken out. 29 for each link at most. */
const NUMBERS: Record<Link, readonly Code[]> = {
  agent: ['AGENT_NOT_ENROLLED', 'AGENT_STATE_DAMAGED', 'CONFIG_INVALID'],
  driver: [
    'MODULE_ABSENT',
    'MODULE_NOT_ALLOWED',
    'MODULE_UNFIT',
    'MODULE_FAILED',
    'CONFIG_INVALID',
    'PKCS12_UNREADABLE',
    'PKCS12_NOT_PRIVATE',
  ],
  token: [
    'TOKEN_ABSENT',
    'TOKEN_AMBIGUOUS',
    'TOKEN_FAILED',
    'TOKEN_REMOVED',
    'PIN_LOCKED',
    'PIN_LOW',
    'PIN_FINAL_TRY',
    'PIN_PAD_UNSUPPORTED',
    'TOKEN_MECHANISM_MISSING',
  ],
  certificate: [
    'SIGNER_CERTIFICATE_ABSENT',
    'SIGNER_EXPIRED',
    'SIGNER_NOT_YET_VALID',
    'SIGNER_KEY_USAGE',
    'SIGNER_ALGORITHM',
    'TOKEN_MECHANISM_MISSING',
    'CERTIFICATE_MALFORMED',
    'EXPIRES_30',
    'EXPIRES_14',
    'EXPIRES_7',
    'EXPIRES_1',
  ],
  clock: ['CLOCK_WRONG'],
  server: [
    'API_UNREACHABLE',
    'API_ANSWER_INVALID',
    'TRUST_OF_OTHER_INSTANCE',
    'AGENT_TOO_OLD',
    'TRUST_MALFORMED',
    'TRUST_STALE',
    'UNAVAILABLE',
    'OVERLOADED',
    'INTERNAL',
  ],
  revocation: [
    'SIGNER_REVOKED',
    'REVOCATION_UNKNOWN',
    'API_UNREACHABLE',
    'API_ANSWER_INVALID',
    'CERTIFICATE_MALFORMED',
  ],
};
const FIXED: readonly Outcome[] = ['OK', 'NOT_RUN', 'OTHER'];

export type SupportFacts = {
  readonly agentVersion: string;
  readonly nodeMajor: number;
  readonly outcomes: Readonly<Record<Link, Outcome>>;
};

export function supportCode(agentVersion: string, nodeMajor: number, links: readonly LinkReport[]): string {
  const [major, minor, patch] = parseAgentVersion(agentVersion) ?? [0, 0, 0];
  const fields: [value: number, bits: number][] = [
    [major, 3],
    [minor, 5],
    [patch, 5],
    [nodeMajor - OLDEST_NODE, 5],
    ...LINKS.map((link): [number, number] => [
      numberOf(
        link,
        links.find((report) => report.link === link),
      ),
      5,
    ]),
  ];
  const packed = fields.reduce(
    (sum, [value, bits]) => (sum << BigInt(bits)) | BigInt(within(value, bits)),
    FORMAT,
  );
  const digits = Array.from({ length: 11 }, (_, i) => Number((packed >> BigInt(5 * (10 - i))) & 31n));
  const text = [...digits, checkDigit(digits)].map((digit) => ALPHABET.charAt(digit)).join('');
  return `KYSO-${text.slice(0, 4)}-${text.slice(4, 8)}-${text.slice(8)}`;
}

/** @returns null where it was misheard or mistyped, or is of a later agent */
export function readSupportCode(text: string): SupportFacts | null {
  const given = text
    .toUpperCase()
    .replace(/[\s-]/g, '')
    .replace(/^KYS[O0]/, '')
    .replace(/O/g, '0')
    .replace(/[IL]/g, '1');
  const digits = Array.from(given, (character) => ALPHABET.indexOf(character));
  const check = digits.pop();
  if (digits.length !== 11 || digits.includes(-1) || check !== checkDigit(digits)) return null;
  let packed = digits.reduce((sum, digit) => (sum << 5n) | BigInt(digit), 0n);
  const take = (bits: number): number => {
    const value = Number(packed & ((1n << BigInt(bits)) - 1n));
    packed >>= BigInt(bits);
    return value;
  };
  const outcomes = Object.fromEntries([...LINKS].reverse().map((link) => [link, outcomeOf(link, take(5))]));
  const nodeMajor = take(5) + OLDEST_NODE;
  const [patch, minor, major] = [take(5), take(5), take(3)];
  if (packed !== FORMAT) return null;
  const agentVersion = `${major}.${minor}.${patch}`;
  return { agentVersion, nodeMajor, outcomes: outcomes as Record<Link, Outcome> };
}

function numberOf(link: Link, report: LinkReport | undefined): number {
  if (!report || report.state === 'not-run') return 1;
  if (report.code === null) return 0;
  const place = NUMBERS[link].indexOf(report.code);
  return place < 0 ? 2 : FIXED.length + place;
}

function outcomeOf(link: Link, number: number): Outcome {
  return FIXED[number] ?? NUMBERS[link][number - FIXED.length] ?? 'OTHER';
}

function within(value: number, bits: number): number {
  return Math.min(Math.max(0, value), 2 ** bits - 1);
}

/** A Reed–Solomon check over GF(32): one wrong character, or any two exchanged, never give another code. */
function checkDigit(digits: readonly number[]): number {
  return digits.reduce((sum, digit) => doubled(sum ^ digit), 0);
}

/** times x in GF(2)[x] / (x⁵ + x² + 1), in which x has order 31 */
function doubled(value: number): number {
  return ((value << 1) & 31) ^ ((value & 16) === 0 ? 0 : 0b00101);
}

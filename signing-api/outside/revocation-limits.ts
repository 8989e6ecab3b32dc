/** How much of the outside world's answers is taken, and for how long. */
export type RevocationLimits = {
  /** one exchange, from the connection to the last byte */
  readonly timeoutMs: number;
  /** how long a collection waits for all that it asks for */
  readonly patienceMs: number;
  readonly crlBytes: number;
  readonly ocspBytes: number;
  /** a CRL in force is fetched again after this, and not before `leastMs` */
  readonly crlMs: number;
  readonly ocspMs: number;
  readonly leastMs: number;
  /** how far an authority's clock may be ahead of ours: what it issues is kept, and used from its time on */
  readonly aheadMs: number;
  readonly crls: number;
  /** in memory */
  readonly crlBytesTogether: number;
  /** on disk */
  readonly crlFileBytesTogether: number;
  readonly ocspAnswers: number;
  readonly ocspBytesTogether: number;
};

const MB = 1024 * 1024;
const MINUTE = 60_000;

export const LIMITS: RevocationLimits = {
  timeoutMs: 10_000,
  patienceMs: 12_000,
  crlBytes: 32 * MB,
  ocspBytes: 64 * 1024,
  crlMs: 60 * MINUTE,
  ocspMs: 10 * MINUTE,
  leastMs: 5 * MINUTE,
  aheadMs: 5 * MINUTE,
  crls: 64,
  crlBytesTogether: 256 * MB,
  crlFileBytesTogether: 256 * MB,
  ocspAnswers: 10_000,
  ocspBytesTogether: 64 * MB,
};

/** When an answer is asked for again: in good time before it ends, and at last where it ends. */
export function refreshTime(
  from: number,
  endsAt: number,
  { mostMs, leastMs }: { mostMs: number; leastMs: number },
): number {
  const inGoodTime = Math.max(leastMs, Math.min(mostMs, (endsAt - from) * 0.8));
  return Math.min(endsAt, from + inGoodTime);
}

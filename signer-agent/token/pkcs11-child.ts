import { Worker } from 'node:worker_threads';
import { isRefusal } from '#core/refusal';
import { listTokens, readCertificates, signMessage, type Login } from './operations.ts';
import { Pkcs11Module } from './pkcs11.ts';
import type { Answers, ChildMessage, ChildRequest, PinBytes } from './protocol.ts';

/**
 * The process that owns one PKCS#11 module, and with it the PIN: drivers block, crash, hang and write to the terminal, so they do it
 * here, where nothing else is. It ends when the agent closes the channel, or is gone.
 */

let loaded: Pkcs11Module | null = null;

process.on('message', (request: ChildRequest) => send(answer(request)));
process.on('disconnect', finish);
// Ctrl-C reaches the whole terminal; the agent decides when this process ends
process.on('SIGINT', () => undefined);
new Worker(new URL('./parent-watch.js', import.meta.url)).unref();

function answer(request: ChildRequest): ChildMessage {
  try {
    return { ok: true, value: perform(request) };
  } catch (error) {
    if (isRefusal(error)) return { ok: false, code: error.code, detail: error.detail ?? '' };
    return { ok: false, code: 'MODULE_FAILED', detail: error instanceof Error ? error.name : 'unknown' };
  }
}

function perform(request: ChildRequest): Answers[keyof Answers] {
  loaded ??= new Pkcs11Module(request.module, () => send({ event: 'token-operation' }));
  if (request.op === 'list') return listTokens(loaded);
  const login = loginWith(request.unlock);
  if (request.op === 'certificates') return readCertificates(loaded, request.token, login);
  return signMessage(loaded, request.request, login);
}

/** The binding takes a string, which cannot be wiped: the process ends after this operation instead. */
function loginWith({ pin, lastTry }: PinBytes): Login {
  const text = Buffer.from(pin).toString('utf8');
  pin.fill(0);
  return { pin: text, lastTry };
}

function send(message: ChildMessage): void {
  process.send?.(message);
}

function finish(): void {
  try {
    loaded?.finalise();
  } finally {
    process.exit(0);
  }
}

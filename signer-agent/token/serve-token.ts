import { Worker } from 'node:worker_threads';
import { Refusal } from '#core/refusal';
import { faultOf } from './child-fault.ts';
import type { Engine, Login, OpenKey } from './engine.ts';
import type { Answer, Answers, ChildMessage, ChildRequest, PinBytes, Question } from './protocol.ts';
import { WindowSigner } from './window-signer.ts';

/**
 * The life of the process that owns one token, and with it the PIN: drivers block, crash, hang and write to the terminal, so they do it
 * here, where nothing else is. It ends when the agent closes the channel, or is gone.
 * @param load the token of a file
 */
export function serveToken(load: (file: string) => Engine): void {
  let engine: Engine | null = null;
  let key: OpenKey | null = null;
  let windows: WindowSigner | null = null;
  let operations = 0;

  const count = () => {
    operations++;
  };
  const send = (message: ChildMessage) => process.send?.(message);

  process.on('message', (request: ChildRequest) => {
    if (request.op === 'window') windows?.add(request);
    else if (request.op === 'stop') windows?.stop();
    else {
      const given = answer(() => perform(request));
      send({ ...given, operations });
    }
  });
  process.on('disconnect', () => {
    try {
      key?.close();
      engine?.close();
    } finally {
      process.exit(0);
    }
  });
  // Ctrl-C reaches the whole terminal, a service's end all its processes; the agent decides when this one ends
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => undefined);
  new Worker(new URL('./parent-watch.js', import.meta.url)).unref();

  function perform(question: Question): Answers[keyof Answers] {
    engine ??= load(question.file);
    if (question.op === 'list') return engine.list(question.fresh);
    const login = loginWith(question.unlock);
    if (question.op === 'certificates') return engine.certificates(question.token, login);
    const opened = engine.open(question.request, login);
    const { otherCertificates } = opened;
    if (question.op === 'open') {
      if (opened.wantsPinEach) throw new Refusal('TOKEN_WANTS_PIN_EACH');
      key = opened;
      windows = new WindowSigner(
        (message) => opened.sign(message, count),
        (report, begins) => send({ ...report, operations: operations + (begins ? 1 : 0) }),
      );
      return { otherCertificates };
    }
    try {
      const counted = () => {
        count();
        send({ counted: true, operations });
      };
      return { signature: opened.sign(question.request.message, counted), otherCertificates };
    } finally {
      opened.close();
    }
  }
}

function answer(perform: () => Answers[keyof Answers]): Answer {
  try {
    return { ok: true, value: perform() };
  } catch (error) {
    return { ok: false, fault: faultOf(error) };
  }
}

/** The binding takes a string, which cannot be wiped: the process ends after its use instead. */
function loginWith({ pin, lastTry }: PinBytes): Login {
  const text = Buffer.from(pin).toString('utf8');
  pin.fill(0);
  return { pin: text, lastTry };
}

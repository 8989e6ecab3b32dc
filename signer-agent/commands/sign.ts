import { openHome, readEnrolment } from '../config.ts';
import { runSigning, type EndCounts, type SignReport } from '../signing/run-signing.ts';
import { refuseUnattendedApproval } from '../terminal/confirm.ts';
import { refuseUnattendedPin } from '../terminal/read-pin.ts';
import { stopAtInterrupt } from '../terminal/stop-at-interrupt.ts';
import { terminalDoor } from '../terminal/terminal-door.ts';
import { refusePin } from '../token/pin-state.ts';

export type { SignReport } from '../signing/run-signing.ts';

export type SignOptions = {
  readonly home?: string | undefined;
  readonly ticket: string;
  readonly yes: boolean;
  readonly pinFd?: number | undefined;
  readonly lastTry: boolean;
  readonly pss: boolean;
  /** how many records are drawn and shown */
  readonly sample: number;
  readonly show: (text: string) => void;
  /** told at the end, signed or refused */
  readonly onTokenOperations?: (count: number) => void;
  /** told at the end, signed or refused */
  readonly onEnd?: (counts: EndCounts) => void;
};

/** `kyso agent sign`: redeems a ticket and signs the batch that it names, at the terminal. */
export async function signCommand(options: SignOptions): Promise<SignReport> {
  const { ticket, yes, pinFd, lastTry, pss, sample: sampleSize } = options;
  const home = openHome(options.home);
  const { instance } = readEnrolment(home);
  if (yes) refuseUnattendedApproval(instance);
  refuseUnattendedPin({ pinFd, instance });
  const interrupt = stopAtInterrupt();
  try {
    return await runSigning({
      home,
      ticket,
      door: terminalDoor({ ...options, instance, stop: interrupt.stop, onSigning: interrupt.listen }),
      pss,
      sampleSize,
      // where nobody can be asked, a last try is given beforehand
      refuseTokenState: (state) => refusePin(state, lastTry || pinFd === undefined),
      onEnd: (counts) => {
        options.onTokenOperations?.(counts.tokenOperations);
        options.onEnd?.(counts);
      },
    });
  } finally {
    interrupt.end();
  }
}

import type { Refusal } from '#core/refusal';
import type { Door, Progress } from '../signing/door.ts';
import type { TokenState } from '../token/token.ts';
import { confirmLastTry, confirmSigning } from './confirm.ts';
import { LOOK_HELP, lookText, parseLook } from './look.ts';
import { progressLines } from './progress-text.ts';
import { readPin } from './read-pin.ts';
import { summaryText } from './summary-text.ts';

export type TerminalDoorOptions = {
  /** approve without asking */
  readonly yes: boolean;
  readonly pinFd?: number | undefined;
  readonly lastTry: boolean;
  readonly instance: string;
  readonly show: (text: string) => void;
  /** aborted at Ctrl-C, say */
  readonly stop: AbortSignal;
  /** called when a first item is about to be signed, in `each` mode */
  readonly onSigning?: () => void;
};

/** The door that is a terminal: text on standard error, the yes and the PIN from the controlling terminal. */
export function terminalDoor(options: TerminalDoorOptions): Door {
  const { yes, pinFd, lastTry, instance, show, stop } = options;
  const lines = progressLines();
  let mode: 'list' | 'each' = 'list';
  return {
    stop,
    progress: (progress: Progress) => {
      const line = lines(progress, performance.now());
      if (line !== null) show(line);
    },
    approve: async (summary, records) => {
      const { statement } = summary;
      mode = statement.mode;
      show(summaryText(summary));
      if (yes) return;
      show(LOOK_HELP);
      await confirmSigning(async (line) => {
        const look = parseLook(line);
        if (look) show(await lookText(look, records, statement.count));
        return look !== null;
      });
    },
    unlock: async ({ pin }: TokenState) => {
      const isLastTry = pin === 'final-try';
      if (pin === 'low') show('  Lưu ý: mã PIN đã bị nhập sai trước đó.');
      if (isLastTry && !lastTry) await confirmLastTry();
      const given = await readPin({ pinFd, instance });
      if (mode === 'each') options.onSigning?.();
      return { pin: given, lastTry: isLastTry };
    },
    paused: (why) => show(pausedText(why)),
  };
}

function pausedText({ code, texts }: Refusal): string {
  const isOut = code === 'TOKEN_REMOVED' || code === 'TOKEN_ABSENT';
  const what = isOut ? 'Token đã bị rút ra. Cắm lại đúng token đó để ký tiếp.' : texts.vi;
  return `  Tạm dừng: ${what} Bấm Ctrl-C để dừng.`;
}

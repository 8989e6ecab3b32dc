import type { Progress } from '../signing/door.ts';

const EVERY_MS = 2000;

const stageTexts = {
  receive: 'đã nhận và kiểm tra',
  sign: 'đã ký',
  submit: 'máy chủ đã nhận',
} as const;

/** What of many progress messages becomes a line: the first and the last of a stage, and one every two seconds. */
export function progressLines(): (progress: Progress, nowMs: number) => string | null {
  let last = -Infinity;
  let stage = '';
  return (progress, nowMs) => {
    const isEnd = progress.done === progress.total;
    // signatures are handed in while the next ones are made: one line for both
    if (progress.stage === 'submit' && !isEnd) return null;
    if (progress.stage === stage && !isEnd && nowMs - last < EVERY_MS) return null;
    last = nowMs;
    stage = progress.stage;
    return progressText(progress);
  };
}

export function progressText({ stage, done, total, secondsLeft }: Progress): string {
  const left = secondsLeft === null || done === total ? '' : `, còn khoảng ${duration(secondsLeft)}`;
  return `  ${stageTexts[stage]} ${done} / ${total} hồ sơ${left}`;
}

function duration(seconds: number): string {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} giây`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} phút`;
  return `${Math.floor(minutes / 60)} giờ ${minutes % 60} phút`;
}

import type { Refusal } from '#core/refusal';
import type { Progress, Stage } from '../../signing/door.ts';
import type { Summary } from '../../signing/summary.ts';
import { html, type Html } from '../html.ts';
import { failure } from './failure.ts';
import { modeText } from './review.ts';
import type { Screen } from './view.ts';
import { duration, number } from './words.ts';

const stageTexts: Readonly<Record<Stage, string>> = {
  receive: 'Đang nhận và kiểm tra hồ sơ',
  sign: 'Đang ký',
  submit: 'Đang gửi chữ ký về máy chủ',
};

/** Đang ký: how far, how long still, and a way to stop; what stands still says why. */
export function workingScreen(
  progress: Progress | null,
  paused: Refusal | null,
  summary: Summary | null,
): Screen {
  const main = html` <h1 tabindex="-1">Đang ký</h1>
    ${summary && html`<p class="mode">${modeText(summary.statement)}</p>`}
    <div data-live="paused"></div>
    <div data-live="progress"></div>
    <p class="announced" aria-live="polite" data-live="announced"></p>
    <div class="buttons"><button type="button" data-action="stop">Dừng</button></div>
    <p class="small">
      Dừng sau chữ ký đang làm. Phần đã ký được giữ lại. Đóng trang này không làm dừng việc ký.
    </p>`;
  return {
    name: 'working',
    title: 'Đang ký',
    main,
    live: {
      paused: paused
        ? html`<h2>Tạm dừng</h2>
            ${failure(paused)}`
        : html``,
      progress: progressBar(progress),
      announced: announced(progress),
    },
  };
}

function progressBar(progress: Progress | null): Html {
  if (!progress) return html`<p>Đang kết nối…</p>`;
  const { stage, done, total, secondsLeft } = progress;
  return html`<p>
      ${stageTexts[stage]}: ${number(done)} / ${number(total)} hồ
      sơ${secondsLeft !== null && `, còn khoảng ${duration(secondsLeft)}`}
    </p>
    <progress max="${Math.max(1, total)}" value="${done}" aria-label="${stageTexts[stage]}"></progress>`;
}

/** Read aloud: it changes at every tenth only. */
function announced(progress: Progress | null): Html {
  if (!progress || progress.total === 0) return html``;
  const tenths = Math.floor((progress.done / progress.total) * 10);
  return html`${stageTexts[progress.stage]}: ${tenths * 10} %`;
}

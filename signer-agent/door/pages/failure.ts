import type { Refusal } from '#core/refusal';
import { html, type Html } from '../html.ts';
import { pageTexts } from '../state-texts.ts';

/** A refusal as the signer sees it: what happened and what to do now, in both languages, and the code that support asks for. */
export function failure(refusal: Refusal): Html {
  const { vi, en } = pageTexts(refusal);
  return html`<div class="failure" role="alert" data-code="${refusal.code}">
    <p><strong>${vi}</strong></p>
    <p lang="en">${en}</p>
    <p class="small">
      Mã lỗi <code>${refusal.code}</code>${refusal.detail ? html` · ${refusal.detail}` : ''}
    </p>
  </div>`;
}

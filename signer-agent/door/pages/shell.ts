import { Refusal } from '#core/refusal';
import { html } from '../html.ts';
import { failure } from './failure.ts';

/** The page before anything is in it: what is shown comes with the page key. The two templates are for when nothing comes. */
export function shellPage(key: string, script: string, style: string): string {
  const { text } = html`<body>
    <header class="bar">
      <strong>kyso</strong>
      <nav aria-label="Các màn hình">
        <button type="button" data-action="today">Hôm nay</button>
        <button type="button" data-action="check">Kiểm tra máy</button>
      </nav>
    </header>
    <div id="notice" role="alert"></div>
    <main id="screen"><p>Đang mở…</p></main>
    <template id="not-running">${failure(new Refusal('AGENT_NOT_RUNNING'))}</template>
    <template id="taken-over">
      <div class="failure" role="alert" data-code="DOOR_FORBIDDEN">
        <p><strong>Trang ký đã được mở ở một cửa sổ khác, nên cửa sổ này không dùng được nữa.</strong></p>
        <p>Việc ký (nếu có) vẫn tiếp tục. Hãy dùng cửa sổ kia, hoặc tải lại trang này để tiếp tục ở đây.</p>
        <p lang="en">The page was opened in another window. Use that one, or reload this one.</p>
      </div>
    </template>
    <noscript
      ><p>Trang này cần JavaScript. <span lang="en">This page needs JavaScript.</span></p></noscript
    >
  </body>`;
  return `<!doctype html>
<html lang="vi">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="${KEY_META}" content="${key}">
<title>kyso</title>
<style>${style}</style>
<script type="module">${script}</script>
</head>
${text}
</html>
`;
}

export const KEY_META = 'kyso-page-key';

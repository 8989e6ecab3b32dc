import type { CheckReport, LinkReport } from '../../doctor/report.ts';
import { adviceOf, linkNames, stateNames } from '../../doctor/texts.ts';
import { html, type Html } from '../html.ts';
import type { Screen } from './view.ts';

/** Kiểm tra máy: each link of the chain, the first broken one with its fix; made to be printed. */
export function checkScreen(report: CheckReport | 'running'): Screen {
  const found = report === 'running' ? html`<p aria-live="polite">Đang kiểm tra…</p>` : reportTable(report);
  const main = html`<h1 tabindex="-1">Kiểm tra máy</h1>
    ${found}`;
  return { name: 'check', title: 'Kiểm tra máy', main, live: {} };
}

function reportTable({ links, firstBroken, supportCode }: CheckReport): Html {
  return html` ${
      firstBroken === null
        ? html`<p class="success">Máy sẵn sàng ký.</p>`
        : html`<p class="failure">Cần sửa trước: <strong>${linkNames[firstBroken].vi}</strong>.</p>`
    }
    <table>
      <thead>
        <tr>
          <th scope="col">Phần</th>
          <th scope="col">Kết quả</th>
          <th scope="col">Đã thấy, và việc cần làm</th>
        </tr>
      </thead>
      <tbody>
        ${links.map(row)}
      </tbody>
    </table>
    <p>Mã hỗ trợ <code class="support">${supportCode}</code> (không chứa thông tin cá nhân)</p>
    <div class="buttons">
      <button type="button" class="main" data-action="check">Kiểm tra lại</button>
      <button type="button" data-print="yes">In trang này</button>
    </div>`;
}

function row(report: LinkReport): Html {
  const advice = adviceOf(report);
  const { link, state, code, facts } = report;
  return html`<tr data-link="${link}" data-state="${state}">
    <th scope="row">${linkNames[link].vi}</th>
    <td>${stateNames[state].vi}</td>
    <td>
      ${facts.map((fact) => html`${fact}<br />`)}
      ${advice && html`<strong>${advice.vi}</strong><br /><span lang="en">${advice.en}</span>`}
      ${code && html`<br /><span class="small">Mã lỗi <code>${code}</code></span>`}
    </td>
  </tr>`;
}

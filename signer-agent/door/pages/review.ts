import { base64url } from '#core/bytes';
import { shortDigest } from '#core/sign/short-digest';
import type { ListStatement } from '#core/sign/statement';
import type { Sequel } from '../../signing/resume.ts';
import type { Difference, Summary } from '../../signing/summary.ts';
import { html, type Html } from '../html.ts';
import { foundRecords } from './records.ts';
import type { Screen } from './view.ts';
import { day, district, doseNames, moment, number, ward } from './words.ts';

/** Duyệt: what would be signed, and a way to look at any record of it. Enter in the search looks; only the button agrees. */
export function reviewScreen(summary: Summary): Screen {
  const { statement, tally } = summary;
  const main = html` <h1 tabindex="-1">Duyệt</h1>
    <p class="mode">${modeText(statement)}</p>
    ${warnings(summary)}
    <table class="facts">
      <tbody>
        <tr>
          <th scope="row">Đơn vị</th>
          <td>${statement.unit.name} (${statement.unit.code})</td>
        </tr>
        <tr>
          <th scope="row">Hệ thống</th>
          <td>${statement.instance} · đợt tiêm ${statement.campaign}</td>
        </tr>
        <tr>
          <th scope="row">Nội dung ký</th>
          <td>${statement.declaration}</td>
        </tr>
        <tr>
          <th scope="row">Danh sách</th>
          <td>
            số ${statement.sequence} (${sequelTexts[summary.sequel]}), lập lúc
            ${moment(new Date(statement.createdAt))}
          </td>
        </tr>
        <tr>
          <th scope="row">Ngày tiêm</th>
          <td>${day(tally.firstDose)} – ${day(tally.lastDose)}</td>
        </tr>
        <tr>
          <th scope="row">Loại mũi</th>
          <td>
            ${[...tally.byDoseType].map(([type, count], i) => html`${i > 0 && ', '}${doseNames[type]} ${number(count)}`)}
          </td>
        </tr>
        <tr>
          <th scope="row">Người nước ngoài</th>
          <td>${number(tally.foreigners)}</td>
        </tr>
        <tr>
          <th scope="row">So với lần trước</th>
          <td>${differenceText(summary.difference)}</td>
        </tr>
      </tbody>
    </table>
    <section class="digest" aria-label="Mã đối chiếu">
      <p>Mã đối chiếu (phải giống mã trên bảng điều khiển):</p>
      <output class="short" data-field="shortDigest">${shortDigest(summary.statementDigest)}</output>
      <p class="small">
        SHA-256 <span data-field="statementSha256">${base64url(summary.statementDigest)}</span>
      </p>
    </section>
    <div class="columns">
      <section>
        <h2>Theo phường/xã</h2>
        ${wards(summary)}
      </section>
      <section>
        <h2>Xem hồ sơ</h2>
        ${lookUp(summary)}
      </section>
    </div>
    ${unusualDays(summary)}
    <div class="buttons">
      <button type="button" class="main" data-action="approve" data-sends="shortDigest statementSha256">
        Đồng ý, sang bước nhập PIN
      </button>
      <button type="button" data-action="stop">Không ký</button>
    </div>`;
  return { name: 'review', title: 'Duyệt', main, live: {} };
}

export function modeText({ mode, count }: ListStatement): string {
  return mode === 'list'
    ? `Ký toàn bộ danh sách (${number(count)} hồ sơ)`
    : `Ký từng hồ sơ (${number(count)} hồ sơ)`;
}

const sequelTexts: Readonly<Record<Sequel, string>> = {
  'first-here': 'danh sách đầu tiên được ký trên máy này',
  next: 'nối tiếp danh sách máy này đã ký',
  gap: 'giữa hai lần ký trên máy này, đơn vị đã ký danh sách khác ở máy khác',
};

function warnings({ sequel, earlier, signedItems, revocation }: Summary): Html[] {
  return [
    ...(sequel === 'gap'
      ? ['Lưu ý: đơn vị đã ký danh sách khác ở máy khác sau lần ký trước trên máy này.']
      : []),
    ...(earlier.perhapsSigned > 0
      ? ['Có thể đã ký: lần trước bị gián đoạn; nếu đồng ý, ký lại đúng nội dung đó.']
      : []),
    ...(signedItems > 0
      ? [`${number(signedItems)} hồ sơ của danh sách này đã ký rồi và sẽ không ký lại.`]
      : []),
    ...(revocation === 'unknown'
      ? ['Chưa kiểm tra được chứng thư số có bị thu hồi không; quy định cho phép ký.']
      : []),
  ].map((text) => html`<p class="warning">${text}</p>`);
}

function differenceText(difference: Difference | 'damaged' | null): Html {
  if (difference === null) return html`Máy này chưa ký danh sách nào của đơn vị, nên không so sánh được.`;
  if (difference === 'damaged')
    return html`Không biết: máy này không đọc được các danh sách đã nhớ, vì tệp bị hỏng. Sau lần ký này máy
    nhớ lại từ đầu.`;
  const { fresh, changed, same, changedIndexes, complete } = difference;
  return html`${number(fresh)} mới, ${number(changed)} thay đổi, ${number(same)} như cũ
  ${!complete && html`<br />Máy này không nhớ hết các danh sách trước: hồ sơ “mới” có thể là hồ sơ cũ đã sửa.`}
  ${changedIndexes.length > 0 && html`<br />Hồ sơ thay đổi: ${changedIndexes.map((index) => openButton(index))}`}`;
}

function wards({ statement, tally }: Summary): Html {
  const rows = [...tally.byWard].sort(([a], [b]) => (a < b ? -1 : 1));
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Số hồ sơ theo phường, xã">
    <table>
      <thead>
        <tr>
          <th scope="col">Phường/xã</th>
          <th scope="col">Số hồ sơ</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ([code, count]) =>
            html`<tr>
              <td>${ward(code)}</td>
              <td class="number">${number(count)}</td>
            </tr>`,
        )}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">${statement.kind === 'district' ? district(statement.unit.code) : 'Tổng cộng'}</th>
          <td class="number">${number(tally.count)}</td>
        </tr>
      </tfoot>
    </table>
  </div>`;
}

function lookUp({ sample, tally }: Summary): Html {
  return html` <form data-action="search" data-into="found">
      <label for="search">Tìm theo tên, số giấy tờ hoặc mã hồ sơ</label>
      <input
        id="search"
        name="text"
        type="search"
        required
        maxlength="200"
        autocomplete="off"
        spellcheck="false"
      />
      <button type="submit">Tìm</button>
    </form>
    <form data-action="open" data-into="found">
      <label for="open">Mở hồ sơ số (1 – ${number(tally.count)})</label>
      <input id="open" name="number" type="number" required min="1" max="${tally.count}" autocomplete="off" />
      <button type="submit">Mở</button>
    </form>
    <div id="found" aria-live="polite"></div>
    <h3>Mẫu ngẫu nhiên</h3>
    ${foundRecords(sample)}`;
}

function unusualDays({ outliers, uncounted }: Summary): Html | null {
  if (outliers.length === 0 && uncounted === 0) return null;
  return html`<section>
    <h2>Ngày khác thường</h2>
    ${uncounted > 0 && html`<p class="warning">${number(uncounted)} hồ sơ không được xét vì có quá nhiều cơ sở và ngày.</p>`}
    <table>
      <thead>
        <tr>
          <th scope="col">Cơ sở</th>
          <th scope="col">Ngày</th>
          <th scope="col">Số mũi</th>
          <th scope="col">Thường ngày</th>
        </tr>
      </thead>
      <tbody>
        ${outliers.map(
          ({ facility, date, count, usual }) =>
            html`<tr>
              <td>${facility}</td>
              <td>${day(date)}</td>
              <td class="number">${number(count)}</td>
              <td class="number">${number(usual)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </section>`;
}

function openButton(index: number): Html {
  return html`<button
    type="button"
    class="plain"
    data-action="open"
    data-into="found"
    data-number="${index + 1}"
  >
    số ${number(index + 1)}
  </button> `;
}

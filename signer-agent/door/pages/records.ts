import type { FoundRecord } from '../../signing/door.ts';
import { html, type Html } from '../html.ts';
import { day, district, doseNames, idNames, masked, number, sexNames, ward } from './words.ts';

/** Records in short, each to be opened. */
export function foundRecords(found: readonly FoundRecord[]): Html {
  if (found.length === 0) return html`<p>Không có hồ sơ nào.</p>`;
  return html`<ul class="records">
    ${found.map(
      ({ index, leaf: { record, opening } }) =>
        html`<li>
          <button type="button" class="plain" data-action="open" data-into="found" data-number="${index + 1}">
            Số ${number(index + 1)}
          </button>
          ${record.person.name} · ${day(record.person.birthDate)} · ${record.person.id.type}
          ${masked(opening.number)} · mũi ${record.dose.number} ${day(record.dose.date)}
        </li>`,
    )}
  </ul>`;
}

/** One record, everything that the leaf says to people. */
export function openedRecord({ index, leaf: { record, opening } }: FoundRecord): Html {
  const { person, dose, identity, residence } = record;
  const facts: readonly (readonly [string, string])[] = [
    ['Họ và tên', person.name],
    ['Ngày sinh', day(person.birthDate)],
    ['Giới tính', sexNames[person.sex]],
    ['Quốc tịch', person.nationality],
    [idNames[person.id.type], opening.number],
    ['Nơi ở', `${ward(residence.ward)}, ${district(residence.district)}`],
    ['Mũi', `${dose.number} (${doseNames[dose.type]}), ngày ${day(dose.date)}`],
    ['Vắc-xin', `${dose.product} · lô ${dose.lot ?? '–'} · ${dose.manufacturer}`],
    ['Cơ sở tiêm', record.facility],
    ['Xác thực', identity.method === 'register' ? 'CSDL quốc gia về dân cư' : 'cơ sở xác nhận'],
    ['Mã hồ sơ', `${record.recordId}, bản ${record.version}`],
  ];
  return html`<section class="record" aria-label="Hồ sơ số ${index + 1}">
    <h3>Hồ sơ số ${number(index + 1)}</h3>
    <table class="facts">
      <tbody>
        ${facts.map(
          ([name, value]) =>
            html`<tr>
              <th scope="row">${name}</th>
              <td>${value}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </section>`;
}

import type { Hcert } from './hcert.ts';
import {
  countryName,
  diseaseName,
  manufacturerName,
  productName,
  vaccineName,
  type Text,
} from './display-names.ts';

export type DisplayedField = {
  /** 1 to 11, as decision 5772/QĐ-BYT numbers them */
  readonly number: number;
  readonly label: Text;
  /** null where the certificate does not say: the QR has no nationality */
  readonly value: Text | null;
};

/** Of any issuer: schema 1.3.0 wants no more of the names than `fnt`. */
export type DisplayedHcert = Pick<Hcert, 'dob' | 'v'> & {
  readonly nam: { readonly fn?: string; readonly gn?: string; readonly fnt: string };
};

/**
 * The eleven fields that a person reads (5772/QĐ-BYT), in their order.
 * @param nationality ISO 3166-1 alpha-2, of the record; who has the QR alone does not know it
 */
export function displayedFields(
  { nam, dob, v: [dose] }: DisplayedHcert,
  nationality?: string,
): DisplayedField[] {
  const name = [nam.fn, nam.gn].filter((part) => part !== undefined).join(' ') || nam.fnt;
  const rows: (readonly [vi: string, en: string, value: string | Text | null])[] = [
    ['Họ và tên', 'Full name', name],
    ['Ngày tháng năm sinh', 'Date of birth', displayedDate(dob)],
    ['Quốc tịch', 'Nationality', nationality === undefined ? null : countryName(nationality)],
    ['Bệnh dịch', 'Disease or agent targeted', diseaseName(dose.tg)],
    ['Số mũi tiêm đã nhận', 'Doses received', String(dose.dn)],
    ['Ngày tiêm', 'Date of vaccination', displayedDate(dose.dt)],
    ['Liều số', 'Dose number', `${dose.dn}/${dose.sd}`],
    ['Vắc xin', 'Vaccine', vaccineName(dose.vp)],
    ['Sản phẩm', 'Product', productName(dose.mp)],
    ['Nhà cung cấp, sản xuất', 'Marketing authorisation holder or manufacturer', manufacturerName(dose.ma)],
    ['Mã số chứng nhận', 'Certificate identifier', dose.ci],
  ];
  return rows.map(([vi, en, value], i) => ({
    number: i + 1,
    label: { vi, en },
    value: typeof value === 'string' ? { vi: value, en: value } : value,
  }));
}

/** YYYY-MM-DD, YYYY-MM or YYYY as people in Việt Nam write it: dd/mm/yyyy. */
export function displayedDate(date: string): string {
  return date.split('-').reverse().join('/');
}

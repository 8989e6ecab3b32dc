import { districts, wardName } from '#core/record/places';
import type { DoseType, IdType, Sex } from '#core/record/record';

/** How the pages write what the signer reads: Vietnamese, dd/mm/yyyy, the city's time. */

export const doseNames: Readonly<Record<DoseType, string>> = {
  primary: 'cơ bản',
  additional: 'bổ sung',
  booster1: 'nhắc lần 1',
  booster2: 'nhắc lần 2',
};

export const sexNames: Readonly<Record<Sex, string>> = { M: 'Nam', F: 'Nữ', X: 'Khác' };

export const idNames: Readonly<Record<IdType, string>> = { CCCD: 'CCCD', CMND: 'CMND', PASSPORT: 'Hộ chiếu' };

/** 1234567 → 1.234.567 */
export function number(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, '.');
}

/** YYYY-MM-DD → dd/mm/yyyy; a year alone stays */
export function day(date: string): string {
  return date.split('-').reverse().join('/');
}

const VIETNAM_MS = 7 * 3600_000;

/** dd/mm/yyyy hh:mm in Asia/Ho_Chi_Minh, which has no summer time */
export function moment(at: Date): string {
  const text = new Date(at.getTime() + VIETNAM_MS).toISOString();
  return `${day(text.slice(0, 10))} ${text.slice(11, 16)}`;
}

export function ward(code: string): string {
  return wardName(code) ?? `${code} (ngoài thành phố)`;
}

export function district(code: string): string {
  return districts.get(code)?.name ?? code;
}

export function masked(idNumber: string): string {
  return idNumber.slice(-3).padStart(idNumber.length, '*');
}

/** Seconds as a person says them. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} giây`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} phút` : `${Math.floor(minutes / 60)} giờ ${minutes % 60} phút`;
}

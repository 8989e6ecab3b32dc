import { expect, it } from 'vitest';
import { Pace } from '#signer-agent/signing/pace';
import { progressLines, progressText } from '#signer-agent/terminal/progress-text';

it('tells the time left from a moving rate, once there is one', () => {
  const pace = new Pace();
  pace.reached(0, 1000);
  expect(pace.secondsFor(100)).toBeNull();
  pace.reached(10, 2000);
  expect(pace.secondsFor(100)).toBe(10);
  pace.reached(30, 3000);
  expect(pace.perSecond).toBeCloseTo(13);
});

it('does not count a rest', () => {
  const pace = new Pace();
  pace.reached(0, 0);
  pace.reached(10, 1000);
  pace.rest();
  pace.reached(10, 1_000_000);
  pace.reached(20, 1_001_000);
  expect(pace.perSecond).toBeCloseTo(10);
});

it('becomes words, not more than a line every two seconds', () => {
  const lines = progressLines();
  const at = (done: number, ms: number) => lines({ stage: 'sign', done, total: 200, secondsLeft: 65 }, ms);
  expect(at(0, 0)).toBe('  đã ký 0 / 200 hồ sơ, còn khoảng 1 phút');
  expect(at(1, 1000)).toBeNull();
  expect(at(2, 2000)).toContain('đã ký 2 / 200');
  expect(at(200, 2001)).toBe('  đã ký 200 / 200 hồ sơ');
  expect(progressText({ stage: 'sign', done: 0, total: 9, secondsLeft: 120_000 })).toContain(
    '33 giờ 20 phút',
  );
  expect(progressText({ stage: 'receive', done: 0, total: 9, secondsLeft: null })).toBe(
    '  đã nhận và kiểm tra 0 / 9 hồ sơ',
  );
});

import type { Text } from '#core/certificate/display-names';

declare const WAS_READ: unique symbol;

export type PaperField = { readonly label: Text; readonly value: Text };

type Content = {
  /** the eleven fields in their order */
  readonly fields: readonly PaperField[];
  readonly issuer: Text;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
};

/** A certificate: only `readPaper` makes it, from the HC1 text that its QR code holds. */
export type SignedPaper = Content & {
  readonly kind: 'signed';
  readonly text: string;
  readonly [WAS_READ]: true;
};

/** To look at: it has no place for a text, so that no sample and no preview can hold a certificate. */
export type SamplePaper = Content & { readonly kind: 'sample'; readonly text?: never };

export type Paper = SignedPaper | SamplePaper;

const SAMPLE_QR = 'MẪU / SAMPLE – KHÔNG PHẢI CHỨNG NHẬN / NOT A CERTIFICATE';

/** What the QR code holds; of a sample always the same words, which no reader takes for a certificate. */
export function qrText(paper: Paper): string {
  return paper.kind === 'signed' ? paper.text : SAMPLE_QR;
}

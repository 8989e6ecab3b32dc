import type { Refusal, RefusalCode } from '#core/refusal';

/** What the page says where the refusal's own text is meant for the terminal, or leaves out what to do here. */
const atThePage: Partial<Record<RefusalCode, { readonly vi: string; readonly en: string }>> = {
  PIN_UNREADABLE: {
    vi: 'Mã PIN trống hoặc quá dài. Chưa mất lần thử nào; hãy nhập lại.',
    en: 'The PIN is empty or too long. No try was used; enter it again.',
  },
  PIN_WRONG: {
    vi: 'Sai mã PIN. Đã mất một lần thử và việc ký dừng lại. Hãy kiểm tra mã PIN rồi tạo phiếu ký mới.',
    en: 'Wrong PIN. One try was used and signing has stopped. Check the PIN, then make a new ticket.',
  },
  PIN_LAST_TRY: {
    vi: 'Chỉ còn một lần thử PIN; sai lần này token sẽ bị khóa. Hãy đánh dấu ô xác nhận nếu vẫn muốn nhập.',
    en: 'One PIN try is left; a wrong PIN now locks the token. Tick the box if you want to enter it.',
  },
  REVOCATION_UNKNOWN: {
    vi: 'Chưa kiểm tra được chứng thư số có bị thu hồi hay không, nên chưa ký. Hãy thử lại sau; nếu vẫn vậy, hãy báo người quản trị máy chủ.',
    en: 'Whether the signer certificate is revoked could not be checked, so nothing was signed. Try again later, else tell the server’s operator.',
  },
  APPROVAL_DECLINED: {
    vi: 'Bạn đã không đồng ý, nên không có gì được ký.',
    en: 'You declined, so nothing was signed.',
  },
  AGENT_NOT_ENROLLED: {
    vi: 'Máy này chưa đăng ký. Hãy xin mã đăng ký của đơn vị, rồi chạy "kyso agent enrol" trên máy này.',
    en: 'This machine is not enrolled. Get an enrolment code from your unit and run "kyso agent enrol" here.',
  },
  AGENT_BUSY: {
    vi: 'Trình ký đang ký một danh sách khác trên máy này. Hãy chờ xong hoặc dừng việc đó; phiếu ký này vẫn còn dùng được.',
    en: 'The agent is signing another list on this machine. Wait for it or stop it; this ticket stays usable.',
  },
};

export function pageTexts({ code, texts }: Refusal): { readonly vi: string; readonly en: string } {
  return atThePage[code] ?? texts;
}

import type { RefusalCode } from './refusal.ts';

/** What people read: what happened and, where a person can act, what to do now. */
export const refusalTexts: Record<RefusalCode, { readonly vi: string; readonly en: string }> = {
  INPUT_TOO_LARGE: { vi: 'Dữ liệu gửi lên quá lớn. Hãy chia nhỏ.', en: 'The input is too large. Split it.' },
  NOT_CANONICAL: {
    vi: 'Dữ liệu không ở dạng chuẩn nên không được ký hay kiểm tra.',
    en: 'The data is not in canonical form, so it is neither signed nor checked.',
  },
  SOURCE_UNREADABLE: {
    vi: 'Không đọc được tệp. Hãy kiểm tra định dạng, tiêu đề cột và bảng mã UTF-8.',
    en: 'The file cannot be read. Check its format, column headers and UTF-8 encoding.',
  },
  SOURCE_TOO_LARGE: {
    vi: 'Tệp quá lớn. Hãy chia thành nhiều tệp.',
    en: 'The file is too large. Split it into several files.',
  },
  SOURCE_ALREADY_IMPORTED: { vi: 'Tệp này đã được nhập trước đó.', en: 'This file was imported before.' },
  ROW_UNREADABLE: {
    vi: 'Không đọc được dòng này. Hãy sửa dòng rồi nhập lại.',
    en: 'This row cannot be read. Correct the row and import it again.',
  },
  RECORD_AMBIGUOUS: {
    vi: 'Dòng này khớp với nhiều hồ sơ. Hãy ghi mã mũi tiêm của Nền tảng.',
    en: "This row matches several records. Give the platform's dose id.",
  },
  RECORD_MALFORMED: {
    vi: 'Hồ sơ không đúng cấu trúc quy định.',
    en: 'The record does not have the required form.',
  },
  RECORD_UNKNOWN: { vi: 'Không tìm thấy hồ sơ.', en: 'No such record.' },
  RECORD_NOT_ELIGIBLE: { vi: 'Hồ sơ chưa đủ điều kiện ký.', en: 'The record may not be signed yet.' },
  CORRECTION_CONFLICT: {
    vi: 'Hồ sơ đã được người khác sửa. Hãy tải lại rồi sửa tiếp.',
    en: 'Someone else changed the record meanwhile. Load it again, then correct it.',
  },
  REGISTER_UNREACHABLE: {
    vi: 'Chưa kết nối được CSDL quốc gia về dân cư. Hãy thử lại sau.',
    en: 'The population register cannot be reached. Try again later.',
  },
  ATTESTATION_NOT_ALLOWED: {
    vi: 'Chỉ cơ sở tiêm được xác nhận, và chỉ cho người nước ngoài.',
    en: 'Only the facility may attest, and only for foreigners.',
  },
  BATCH_UNKNOWN: { vi: 'Không tìm thấy đợt ký.', en: 'No such batch.' },
  BATCH_EMPTY: { vi: 'Không có hồ sơ nào đủ điều kiện ký.', en: 'No record is eligible to be signed.' },
  BATCH_OPEN: {
    vi: 'Đơn vị đang có một đợt ký chưa xong. Hãy ký xong hoặc rút lại đợt đó.',
    en: 'The unit has an open batch. Finish or withdraw it first.',
  },
  BATCH_CHANGED: {
    vi: 'Hồ sơ nhận được không khớp với danh sách cần ký. Không ký.',
    en: "The records received do not give the statement's root. Nothing was signed.",
  },
  BATCH_WITHDRAWN: { vi: 'Đợt ký đã bị rút lại.', en: 'The batch was withdrawn.' },
  BATCH_ALREADY_SIGNED: { vi: 'Đợt ký đã có chữ ký.', en: 'The batch is already signed.' },
  BATCH_BEING_SIGNED: {
    vi: 'Đợt ký đang được ký trên một máy khác. Hãy chờ hoặc liên hệ người đang ký.',
    en: 'The batch is being signed on another machine. Wait, or ask the person who is signing.',
  },
  BATCH_OF_OTHER_MODE: {
    vi: 'Đợt ký này ký theo cách khác (cả danh sách hoặc từng hồ sơ).',
    en: 'This batch is signed the other way (the whole list, or record by record).',
  },
  STATEMENT_MALFORMED: {
    vi: 'Bản kê cần ký không đúng cấu trúc.',
    en: 'The statement does not have the required form.',
  },
  STATEMENT_OUT_OF_SEQUENCE: {
    vi: 'Bản kê không nối tiếp danh sách mà máy này đã ký trước đó. Không ký.',
    en: 'The statement does not follow the list that this machine signed before. Nothing was signed.',
  },
  ENROLMENT_CODE_INVALID: {
    vi: 'Mã đăng ký máy không đúng hoặc đã hết hạn. Hãy xin mã mới.',
    en: 'The enrolment code is wrong or has expired. Ask for a new one.',
  },
  DEVICE_UNKNOWN: {
    vi: 'Máy này chưa đăng ký. Hãy đăng ký máy.',
    en: 'This device is not enrolled. Enrol it.',
  },
  TICKET_UNKNOWN: {
    vi: 'Không tìm thấy phiếu ký. Hãy tạo phiếu mới.',
    en: 'No such ticket. Make a new one.',
  },
  TICKET_EXPIRED: {
    vi: 'Phiếu ký đã hết hạn (10 phút). Hãy tạo phiếu mới.',
    en: 'The ticket has expired (10 minutes). Make a new one.',
  },
  TICKET_USED: {
    vi: 'Phiếu ký đã được dùng. Hãy tạo phiếu mới.',
    en: 'The ticket was already used. Make a new one.',
  },
  TICKET_OF_OTHER_DEVICE: {
    vi: 'Phiếu ký dành cho máy khác. Hãy tạo phiếu cho máy này.',
    en: 'The ticket is for another device. Make one for this device.',
  },
  TICKET_OF_OTHER_CERTIFICATE: {
    vi: 'Phiếu ký dành cho chứng thư số khác. Hãy cắm đúng token.',
    en: 'The ticket is for another signer certificate. Insert the right token.',
  },
  SESSION_ENDED: {
    vi: 'Phiên ký đã kết thúc. Hãy tạo phiếu mới để ký tiếp.',
    en: 'The signing session has ended. Make a new ticket to continue.',
  },
  AGENT_NOT_ENROLLED: {
    vi: 'Máy này chưa đăng ký. Chạy "kyso agent enrol" với mã đăng ký.',
    en: 'This machine is not enrolled. Run "kyso agent enrol" with an enrolment code.',
  },
  AGENT_STATE_DAMAGED: {
    vi: 'Dữ liệu của trình ký trên máy này bị hỏng. Hãy đăng ký lại máy.',
    en: "The agent's files on this machine are damaged. Enrol it again.",
  },
  AGENT_BUSY: {
    vi: 'Trình ký đang chạy trong một cửa sổ khác của máy này. Hãy chờ hoặc đóng cửa sổ đó.',
    en: 'The agent is already running on this machine. Wait, or close it there.',
  },
  AGENT_NOT_RUNNING: {
    vi: 'Trình ký chưa chạy trên máy này. Hãy mở trình ký (kyso agent serve) rồi thử lại.',
    en: 'The agent is not running on this machine. Start it (kyso agent serve) and try again.',
  },
  AGENT_TOO_OLD: {
    vi: 'Trình ký trên máy này đã cũ. Hãy cài bản mới rồi ký lại.',
    en: 'The agent on this machine is too old. Install the new version, then sign.',
  },
  CLOCK_WRONG: {
    vi: 'Đồng hồ của máy này sai. Hãy chỉnh đúng ngày giờ rồi thử lại.',
    en: "This machine's clock is wrong. Set date and time, then try again.",
  },
  DOOR_FORBIDDEN: {
    vi: 'Yêu cầu này không đến từ trang của trình ký, nên bị từ chối.',
    en: "This request does not come from the agent's own page and is refused.",
  },
  APPROVAL_OF_OTHER_DIGEST: {
    vi: 'Nội dung được đồng ý không phải nội dung đang hiển thị. Hãy xem lại rồi đồng ý.',
    en: 'What was approved is not what is shown now. Look at it again, then approve.',
  },
  SIGNING_STOPPED: {
    vi: 'Đã dừng theo yêu cầu. Phần đã ký được giữ; có thể ký tiếp phần còn lại.',
    en: 'Stopped as asked. What was signed is kept; the rest can be signed later.',
  },
  API_UNREACHABLE: {
    vi: 'Không kết nối được máy chủ. Hãy kiểm tra mạng rồi thử lại.',
    en: 'The server cannot be reached. Check the network and try again.',
  },
  API_ANSWER_INVALID: {
    vi: 'Máy chủ trả lời không đúng quy định. Không ký.',
    en: "The server's answer is not acceptable. Nothing was signed.",
  },
  APPROVAL_DECLINED: {
    vi: 'Người ký không đồng ý. Không ký.',
    en: 'The signer declined. Nothing was signed.',
  },
  MODULE_ABSENT: {
    vi: 'Máy này chưa có trình điều khiển token. Hãy cài trình điều khiển của nhà cung cấp.',
    en: "No token driver is installed on this machine. Install the provider's driver.",
  },
  MODULE_UNFIT: {
    vi: 'Trình điều khiển token không dùng được với trình ký này (khác kiến trúc hoặc không phải PKCS#11). Hãy cài bản đúng.',
    en: 'The token driver does not fit this agent (other architecture, or not PKCS #11). Install the right one.',
  },
  MODULE_NOT_ALLOWED: {
    vi: 'Trình điều khiển token phải nằm ở thư mục do quản trị viên sở hữu. Hãy cài lại.',
    en: 'The token driver must lie in an administrator-owned folder. Install it there.',
  },
  MODULE_FAILED: {
    vi: 'Trình điều khiển token bị lỗi hoặc treo. Hãy rút token, cắm lại rồi thử lại.',
    en: 'The token driver failed or hangs. Replug the token and try again.',
  },
  TOKEN_ABSENT: {
    vi: 'Không thấy token. Hãy cắm token rồi thử lại.',
    en: 'No token found. Insert it and try again.',
  },
  TOKEN_AMBIGUOUS: {
    vi: 'Có nhiều token. Hãy chọn theo số sê-ri.',
    en: 'There are several tokens. Choose one by serial number.',
  },
  TOKEN_REMOVED: {
    vi: 'Token đã bị rút ra. Hãy cắm lại đúng token đó.',
    en: 'The token was pulled out. Insert the same token again.',
  },
  TOKEN_FAILED: {
    vi: 'Token báo lỗi. Hãy rút, cắm lại rồi thử lại.',
    en: 'The token reports an error. Replug it and try again.',
  },
  TOKEN_WANTS_PIN_EACH: {
    vi: 'Token đòi PIN cho từng chữ ký, nên không ký từng hồ sơ được. Hãy ký toàn bộ danh sách bằng một chữ ký.',
    en: 'The token wants the PIN for every signature, so records cannot be signed one by one. Sign the whole list at once.',
  },
  TOKEN_MECHANISM_MISSING: {
    vi: 'Token không có thuật toán ký phù hợp.',
    en: 'The token offers no suitable signing mechanism.',
  },
  SIGNER_CERTIFICATE_ABSENT: {
    vi: 'Token không có chứng thư số dùng được. Hãy cắm đúng token.',
    en: 'The token holds no usable signer certificate. Insert the right token.',
  },
  SIGNER_CERTIFICATE_AMBIGUOUS: {
    vi: 'Token có nhiều chứng thư số. Hãy chọn một.',
    en: 'The token holds several signer certificates. Choose one.',
  },
  SIGNER_KEY_ABSENT: {
    vi: 'Token không có khóa bí mật của chứng thư số này.',
    en: 'The token does not hold the private key of this signer certificate.',
  },
  KEY_MISMATCH: {
    vi: 'Khóa trên token không khớp với chứng thư số.',
    en: "The token's key does not match the certificate.",
  },
  PIN_WRONG: {
    vi: 'Sai mã PIN. Chỉ mất một lần thử; hãy kiểm tra rồi ký lại.',
    en: 'Wrong PIN. One try was used; check it before signing again.',
  },
  PIN_LOCKED: {
    vi: 'Mã PIN đã bị khóa. Hãy liên hệ nhà cung cấp chứng thư số.',
    en: 'The PIN is locked. Contact the certificate provider.',
  },
  PIN_LAST_TRY: {
    vi: 'Chỉ còn một lần thử PIN; sai lần này token sẽ bị khóa. Hãy xác nhận rồi ký lại.',
    en: 'One PIN try is left; a wrong PIN now locks the token. Confirm it, then sign again.',
  },
  PIN_WANTED_AGAIN: {
    vi: 'Token đã được khóa lại vì không dùng trong 5 phút. Hãy nhập mã PIN để tiếp tục.',
    en: 'The token was closed after five idle minutes. Enter the PIN to go on.',
  },
  PIN_UNREADABLE: {
    vi: 'Không đọc được mã PIN. Hãy chạy trong cửa sổ dòng lệnh.',
    en: 'The PIN cannot be read. Run it in a terminal.',
  },
  PIN_PAD_UNSUPPORTED: {
    vi: 'Token dùng bàn phím PIN riêng, chưa được hỗ trợ.',
    en: 'The token has its own PIN pad, which is not supported.',
  },
  PKCS12_NOT_PRIVATE: {
    vi: 'Tệp chứng thư phần mềm phải thuộc về người ký và không cho người khác đọc. Hãy đổi quyền của tệp (chmod 600).',
    en: 'The software certificate file must belong to the signer and be readable by nobody else. Change its rights (chmod 600).',
  },
  PKCS12_UNREADABLE: {
    vi: 'Không đọc được tệp chứng thư phần mềm (PKCS#12). Hãy kiểm tra lại tệp.',
    en: 'The software certificate file (PKCS #12) cannot be read. Check the file.',
  },
  SIGNATURE_MALFORMED: {
    vi: 'Chữ ký không đúng cấu trúc quy định.',
    en: 'The signature does not have the required form.',
  },
  SIGNATURE_INVALID: { vi: 'Chữ ký không hợp lệ.', en: 'The signature is not valid.' },
  SIGNER_UNTRUSTED: {
    vi: 'Đơn vị ký không nằm trong danh sách tin cậy.',
    en: 'The signer is not on the trust list.',
  },
  SIGNER_OF_OTHER_UNIT: {
    vi: 'Chứng thư số thuộc đơn vị khác. Hãy dùng chứng thư của đúng đơn vị.',
    en: "The signer certificate belongs to another unit. Use this unit's own.",
  },
  SIGNER_NOT_ON_TOKEN: {
    vi: 'Quy định yêu cầu khóa ký nằm trong token; chứng thư này là phần mềm.',
    en: 'The policy asks for a key on a token; this is a software certificate.',
  },
  SIGNER_EXPIRED: {
    vi: 'Chứng thư số đã hết hạn. Hãy gia hạn.',
    en: 'The signer certificate has expired. Renew it.',
  },
  SIGNER_NOT_YET_VALID: {
    vi: 'Chứng thư số chưa có hiệu lực. Hãy kiểm tra đồng hồ máy.',
    en: 'The signer certificate is not yet valid. Check the clock.',
  },
  SIGNER_KEY_USAGE: {
    vi: 'Chứng thư số không được dùng để ký số.',
    en: 'The signer certificate is not meant for signing.',
  },
  SIGNER_ALGORITHM: {
    vi: 'Thuật toán hoặc độ dài khóa không được chấp nhận.',
    en: 'The algorithm or key size is not accepted.',
  },
  SIGNER_REVOKED: {
    vi: 'Chứng thư số đã bị thu hồi. Hãy dùng chứng thư còn hiệu lực.',
    en: 'The signer certificate is revoked. Use one that is in force.',
  },
  REVOKED_NO_POE: {
    vi: 'Chứng thư số bị thu hồi sau ngày ký khai báo; chưa có bằng chứng thời điểm ký.',
    en: 'The signer certificate was revoked since; there is no proof that it signed before.',
  },
  REVOCATION_UNKNOWN: {
    vi: 'Chưa kiểm tra được tình trạng thu hồi. Hãy cung cấp CRL mới.',
    en: 'The revocation state is not known. Provide a current CRL.',
  },
  ISSUER_UNKNOWN: {
    vi: 'Không biết tổ chức cấp chứng thư này.',
    en: 'No such certificate issuer is known here.',
  },
  CERTIFICATE_MALFORMED: {
    vi: 'Chứng thư số không đúng cấu trúc.',
    en: 'An X.509 certificate does not have the required form.',
  },
  CERTIFICATE_SIGNATURE_INVALID: {
    vi: 'Chữ ký trên chứng thư số không hợp lệ.',
    en: 'The signature on an X.509 certificate is not valid.',
  },
  CA_EXPIRED: {
    vi: 'Chứng thư của CA không có hiệu lực tại thời điểm xét.',
    en: 'A CA certificate is not valid at the judged time.',
  },
  CA_CONSTRAINTS: {
    vi: 'Chứng thư trong đường dẫn không được phép cấp chứng thư này.',
    en: 'A certificate in the path may not issue this one.',
  },
  CA_REVOKED: { vi: 'Chứng thư của CA đã bị thu hồi.', en: 'A CA certificate is revoked.' },
  TIMESTAMP_MALFORMED: {
    vi: 'Dấu thời gian không đọc được.',
    en: 'The time stamp cannot be read.',
  },
  TIMESTAMP_INVALID: {
    vi: 'Dấu thời gian không hợp lệ.',
    en: 'The time stamp does not hold.',
  },
  OCSP_MALFORMED: {
    vi: 'Câu trả lời OCSP không đọc được.',
    en: 'The OCSP answer cannot be read.',
  },
  CRL_MALFORMED: { vi: 'CRL không đúng cấu trúc.', en: 'A CRL does not have the required form.' },
  PATH_NAMES: {
    vi: 'Một tên trên đường dẫn chứng thư nằm ngoài phạm vi mà cơ quan cấp chứng thư được phép.',
    en: 'A name on the certificate path lies outside of what its CA may certify.',
  },
  PATH_POLICY: {
    vi: 'Đường dẫn chứng thư không theo chính sách chứng thư nào được chấp nhận.',
    en: 'The certificate path follows no certificate policy that is accepted.',
  },
  PATH_NOT_UNDERSTOOD: {
    vi: 'Đường dẫn chứng thư có quy định chưa được hỗ trợ; chưa kết luận được.',
    en: 'The certificate path has a constraint that is not understood yet; undetermined.',
  },
  EVIDENCE_MALFORMED: {
    vi: 'Bằng chứng không đúng cấu trúc.',
    en: 'The evidence does not have the required form.',
  },
  EVIDENCE_INCOMPLETE: {
    vi: 'Hồ sơ chưa có đủ chữ ký để lập bằng chứng.',
    en: 'The record does not have the signatures that evidence needs yet.',
  },
  EVIDENCE_UNUSED_MATERIAL: {
    vi: 'Bằng chứng chứa dữ liệu không được dùng đến.',
    en: 'The evidence holds material that was not used.',
  },
  PROOF_INVALID: {
    vi: 'Hồ sơ không thuộc danh sách đã ký.',
    en: 'The record is not part of the signed list.',
  },
  OPENING_INVALID: { vi: 'Số giấy tờ không khớp với hồ sơ.', en: 'The id number does not match the record.' },
  RECORD_OF_OTHER_CAMPAIGN: {
    vi: 'Hồ sơ thuộc chiến dịch khác với danh sách đã ký.',
    en: 'The record belongs to another campaign than the signed list.',
  },
  RECORD_SUPERSEDED: {
    vi: 'Hồ sơ đã được thay thế bằng bản mới.',
    en: 'The record was superseded by a newer version.',
  },
  RECORD_WITHDRAWN: { vi: 'Hồ sơ hoặc đợt ký đã bị rút lại.', en: 'The record or its batch was withdrawn.' },
  TRUST_UNPINNED: {
    vi: 'Thiếu khóa ghim nên chưa tin được danh sách tin cậy.',
    en: 'Without pinned keys the trust list cannot be trusted.',
  },
  TRUST_MALFORMED: {
    vi: 'Danh sách tin cậy không đúng cấu trúc.',
    en: 'The trust list does not have the required form.',
  },
  TRUST_UNTRUSTED: {
    vi: 'Danh sách tin cậy không đủ chữ ký của các khóa ghim.',
    en: 'The trust list is not signed by enough pinned keys.',
  },
  TRUST_STALE: {
    vi: 'Danh sách tin cậy đã cũ. Hãy tải bản mới.',
    en: 'The trust list is too old. Load a new one.',
  },
  TRUST_OF_OTHER_INSTANCE: {
    vi: 'Dữ liệu thuộc hệ thống khác (thử nghiệm hoặc chính thức).',
    en: 'The data belongs to another instance (test or production).',
  },
  TRUST_KEY_NOT_PINNED: {
    vi: 'Khóa này không thuộc các khóa được ghim để ký danh sách tin cậy.',
    en: 'This key is not among the pinned keys that sign the trust list.',
  },
  TRUST_KEY_NOT_PRIVATE: {
    vi: 'Tệp khóa ký danh sách tin cậy không được để người khác đọc. Hãy đổi quyền của tệp (chmod 600).',
    en: 'The key file that signs the trust list must be readable by nobody else. Change its rights (chmod 600).',
  },
  STATUS_UNKNOWN: {
    vi: 'Chưa biết tình trạng hiện tại. Hãy cung cấp danh sách tình trạng.',
    en: 'Signed; the present status is unknown. Provide a status list.',
  },
  STATUS_MALFORMED: {
    vi: 'Danh sách tình trạng không đúng cấu trúc.',
    en: 'The status list does not have the required form.',
  },
  STATUS_UNTRUSTED: {
    vi: 'Danh sách tình trạng không có chữ ký đáng tin.',
    en: 'The status list is not signed by its key.',
  },
  STATUS_STALE: {
    vi: 'Danh sách tình trạng đã quá 24 giờ. Hãy tải bản mới.',
    en: 'The status list is older than 24 hours. Load a new one.',
  },
  STATUS_TOO_LARGE: {
    vi: 'Danh sách tình trạng của quận, huyện vượt kích thước cho phép. Hãy báo người vận hành hệ thống.',
    en: "The district's status list is larger than a list may be. Tell the operator of the service.",
  },
  POLICY_NOT_MET: {
    vi: 'Hồ sơ chưa có đủ chữ ký số theo quy định cấp chứng nhận. Đơn vị còn thiếu phải ký trước.',
    en: 'The record lacks a signature that the issuing policy asks for. The unit that is missing signs first.',
  },
  CODES_INCONSISTENT: {
    vi: 'Mã vắc xin, sản phẩm và nhà sản xuất không khớp nhau hoặc hết hiệu lực vào ngày cấp. Cơ sở tiêm phải sửa hồ sơ.',
    en: 'Vaccine, product and manufacturer do not belong together on the day of issue. The facility corrects the record.',
  },
  CERTIFICATE_KEY_NONE: {
    vi: 'Không có khóa ký nào còn hạn đủ 12 tháng. Hãy đưa khóa mới vào sử dụng.',
    en: 'No signing key is valid for another 12 months. Put a new key to use.',
  },
  CERTIFICATE_CLAIMS_DIFFER: {
    vi: 'Nội dung chứng nhận được yêu cầu không khớp với hồ sơ đã ký. Không cấp.',
    en: 'The certificate asked for is not what the signed record says. It is not issued.',
  },
  CERTIFICATE_ALREADY_ISSUED: {
    vi: 'Hồ sơ này đã được cấp chứng nhận với nội dung khác.',
    en: 'Another certificate was issued for this version of the record.',
  },
  CERTIFICATE_LIMIT: {
    vi: 'Đã đạt giới hạn số chứng nhận của khóa ký. Hãy đợi hoặc tăng giới hạn.',
    en: 'The limit of certificates of this key is reached. Wait, or raise the limit.',
  },
  CERTIFICATE_UNKNOWN: {
    vi: 'Không tìm thấy chứng nhận với mã và ngày sinh này. Hãy kiểm tra lại cả hai.',
    en: 'No certificate has this code and birth date. Check both.',
  },
  DOCUMENT_SIGNER_USAGE: {
    vi: 'Khóa ký không được dùng cho chứng nhận tiêm chủng.',
    en: 'The signing key may not sign vaccination certificates.',
  },
  CLAIMS_MALFORMED: {
    vi: 'Nội dung chứng nhận không đúng cấu trúc quy định.',
    en: 'The certificate does not have the required form.',
  },
  CLAIMS_EXPIRY_DURATION: {
    vi: 'Hạn dùng ghi bằng khoảng thời gian, không phải thời điểm.',
    en: 'The expiry is a duration, not an instant.',
  },
  CLAIMS_DATES_SWAPPED: {
    vi: 'Ngày cấp và ngày hết hạn bị hoán đổi.',
    en: 'Issue and expiry are swapped.',
  },
  CLAIMS_VALIDITY_TOO_LONG: {
    vi: 'Thời hạn chứng nhận dài hơn 12 tháng.',
    en: 'The certificate would be valid for more than 12 months.',
  },
  CLAIMS_DATE_WITH_TIME: {
    vi: 'Ngày sinh hoặc ngày tiêm có kèm giờ.',
    en: 'A birth date or dose date carries a time of day.',
  },
  CLAIMS_MEMBER_MISSING: {
    vi: 'Nội dung chứng nhận thiếu trường bắt buộc.',
    en: 'A required member of the certificate is missing.',
  },
  CLAIMS_NULL_GROUP: {
    vi: 'Nhóm dữ liệu để trống (null) trong nội dung chứng nhận.',
    en: 'A group of the certificate is null instead of absent.',
  },
  CLAIMS_SEVERAL_DOSES: {
    vi: 'Một chứng nhận chỉ được ghi đúng một mũi tiêm.',
    en: 'A certificate holds exactly one dose.',
  },
  CLAIMS_NOT_INTEGER: {
    vi: 'Số mũi tiêm không phải là số nguyên dương.',
    en: 'A dose number is not a positive integer.',
  },
  CLAIMS_NAME_NOT_TRANSLITERATED: {
    vi: 'Tên hộ chiếu còn dấu hoặc ký tự ngoài A đến Z.',
    en: 'A passport name holds something other than A to Z and <.',
  },
  CLAIMS_NAME_FILLER_AT_END: {
    vi: 'Tên hộ chiếu thừa ký tự < ở đầu hoặc cuối.',
    en: 'A passport name begins or ends with <.',
  },
  CLAIMS_NAMES_SWAPPED: {
    vi: 'Họ và tên bị hoán đổi hoặc không khớp với tên hộ chiếu.',
    en: 'Family and given names are swapped, or are not those of the passport names.',
  },
  HC1_UNREADABLE: {
    vi: 'Không đọc được mã chứng nhận. Hãy quét lại.',
    en: 'The certificate code cannot be read. Scan it again.',
  },
  HC1_SIGNATURE_INVALID: {
    vi: 'Chữ ký của chứng nhận không hợp lệ.',
    en: 'The signature of the certificate does not hold.',
  },
  HC1_EXPIRED: {
    vi: 'Mã QR đã hết hạn. Người mang chứng nhận cần tải mã mới.',
    en: 'The QR code has expired. Its holder fetches a new one.',
  },
  HC1_NOT_YET_VALID: {
    vi: 'Chứng nhận chưa đến ngày có hiệu lực.',
    en: 'The certificate is not valid yet.',
  },
  HC1_OUTSIDE_SIGNER_DATES: {
    vi: 'Chứng nhận nằm ngoài thời hạn của khóa ký.',
    en: 'The certificate lies outside the dates of its signing key.',
  },
  QR_UNREADABLE: {
    vi: 'Không tìm thấy mã QR đọc được trong ảnh. Hãy chụp rõ hơn.',
    en: 'No readable QR code is in the picture. Take a clearer one.',
  },
  CERTIFICATE_REVOKED: { vi: 'Chứng nhận đã bị thu hồi.', en: 'The certificate was revoked.' },
  DOCUMENT_SIGNER_UNKNOWN: {
    vi: 'Khóa ký chứng nhận không có trong danh sách tin cậy.',
    en: 'The signing key of the certificate is on no trusted list.',
  },
  DOCUMENT_SIGNERS_MALFORMED: {
    vi: 'Danh sách khóa ký chứng nhận không đúng cấu trúc.',
    en: 'The list of document signers does not have the required form.',
  },
  DOCUMENT_SIGNERS_UNTRUSTED: {
    vi: 'Danh sách khóa ký chứng nhận không do đơn vị được tin cậy ký.',
    en: 'The list of document signers is not signed by a trusted key.',
  },
  DOCUMENT_SIGNERS_STALE: {
    vi: 'Danh sách khóa ký chứng nhận đã cũ. Hãy tải danh sách mới.',
    en: 'The list of document signers is out of date. Fetch a new one.',
  },
  REVOCATIONS_MALFORMED: {
    vi: 'Danh sách thu hồi chứng nhận không đúng cấu trúc.',
    en: 'The list of revoked certificates does not have the required form.',
  },
  REVOCATIONS_UNTRUSTED: {
    vi: 'Danh sách thu hồi chứng nhận không do đơn vị được tin cậy ký.',
    en: 'The list of revoked certificates is not signed by a trusted key.',
  },
  REVOCATIONS_STALE: {
    vi: 'Danh sách thu hồi chứng nhận đã cũ. Hãy tải danh sách mới.',
    en: 'The list of revoked certificates is out of date. Fetch a new one.',
  },
  REVOCATIONS_UNKNOWN: {
    vi: 'Chưa có danh sách thu hồi chứng nhận để kiểm tra.',
    en: 'There is no list of revoked certificates to ask.',
  },
  PAPER_UNPRINTABLE: {
    vi: 'Chứng nhận có nội dung không in được lên giấy.',
    en: 'The certificate has content that cannot be printed on the page.',
  },
  PAPERS_NOT_READY: {
    vi: 'Các bản in chưa làm xong. Hãy đợi rồi tải lại.',
    en: 'The prints are not ready yet. Wait, then fetch them again.',
  },
  PAPERS_GONE: {
    vi: 'Các bản in đã bị xóa sau một ngày. Hãy yêu cầu làm lại.',
    en: 'The prints were removed after a day. Ask for them again.',
  },
  TOO_MANY_REQUESTS: {
    vi: 'Bạn gửi quá nhiều yêu cầu. Hãy đợi một lát rồi thử lại.',
    en: 'Too many requests. Wait a while, then try again.',
  },
  REQUEST_MALFORMED: {
    vi: 'Yêu cầu không đúng quy định. Hãy sửa các lỗi được liệt kê.',
    en: 'The request is not well formed. Correct the listed errors.',
  },
  ROUTE_UNKNOWN: { vi: 'Không có địa chỉ này.', en: 'No such address.' },
  UNAUTHENTICATED: { vi: 'Thiếu hoặc sai khóa truy cập.', en: 'The access key is missing or wrong.' },
  FORBIDDEN: { vi: 'Đơn vị không được phép làm việc này.', en: 'The unit may not do this.' },
  IDEMPOTENCY_KEY_MISSING: { vi: 'Thiếu Idempotency-Key.', en: 'The Idempotency-Key header is missing.' },
  IDEMPOTENCY_KEY_REUSED: {
    vi: 'Idempotency-Key đã được dùng cho yêu cầu khác.',
    en: 'The Idempotency-Key was used for another request.',
  },
  IDEMPOTENCY_IN_PROGRESS: {
    vi: 'Yêu cầu cùng khóa đang được xử lý. Hãy thử lại sau.',
    en: 'The same request is still running. Try again later.',
  },
  OVERLOADED: {
    vi: 'Hệ thống đang quá tải. Hãy thử lại sau.',
    en: 'The service is overloaded. Try again later.',
  },
  UNAVAILABLE: {
    vi: 'Hệ thống tạm thời không phục vụ được. Hãy thử lại sau.',
    en: 'The service is temporarily unavailable. Try again later.',
  },
  POSTGRES_MISSING: {
    vi: 'Không có PostgreSQL chạy được trên máy này.',
    en: 'No PostgreSQL runs on this machine.',
  },
  POSTGRES_FOLDER: {
    vi: 'Không dùng được thư mục dữ liệu của PostgreSQL.',
    en: 'The data folder of PostgreSQL cannot be used.',
  },
  POSTGRES_FAILED: {
    vi: 'PostgreSQL không khởi động hoặc không dừng được.',
    en: 'PostgreSQL does not start or does not stop.',
  },
  SOFTHSM_MISSING: {
    vi: 'Chưa có token mềm SoftHSM. Hãy cài gói softhsm2.',
    en: 'The SoftHSM soft token is missing. Install the package softhsm2.',
  },
  CONFIG_INVALID: {
    vi: 'Cấu hình không đúng nên hệ thống không khởi động.',
    en: 'The configuration is wrong, so the program does not start.',
  },
  INTERNAL: {
    vi: 'Lỗi nội bộ. Hãy gửi mã yêu cầu cho người vận hành.',
    en: 'Internal error. Give the request id to the operator.',
  },
};

#include "wasi/errno.h"

#include <array>
#include <utility>

namespace lind::wasi {
namespace {

using Linux = uapi::Errno;

constexpr std::array kWords = {
    std::pair{Linux::kE2BIG, Errno::k2big},
    std::pair{Linux::kEACCES, Errno::kAcces},
    std::pair{Linux::kEADDRINUSE, Errno::kAddrinuse},
    std::pair{Linux::kEADDRNOTAVAIL, Errno::kAddrnotavail},
    std::pair{Linux::kEAFNOSUPPORT, Errno::kAfnosupport},
    std::pair{Linux::kEAGAIN, Errno::kAgain},
    std::pair{Linux::kEALREADY, Errno::kAlready},
    std::pair{Linux::kEBADF, Errno::kBadf},
    std::pair{Linux::kEBADMSG, Errno::kBadmsg},
    std::pair{Linux::kEBUSY, Errno::kBusy},
    std::pair{Linux::kECANCELED, Errno::kCanceled},
    std::pair{Linux::kECHILD, Errno::kChild},
    std::pair{Linux::kECONNABORTED, Errno::kConnaborted},
    std::pair{Linux::kECONNREFUSED, Errno::kConnrefused},
    std::pair{Linux::kECONNRESET, Errno::kConnreset},
    std::pair{Linux::kEDEADLK, Errno::kDeadlk},
    std::pair{Linux::kEDESTADDRREQ, Errno::kDestaddrreq},
    std::pair{Linux::kEDOM, Errno::kDom},
    std::pair{Linux::kEDQUOT, Errno::kDquot},
    std::pair{Linux::kEEXIST, Errno::kExist},
    std::pair{Linux::kEFAULT, Errno::kFault},
    std::pair{Linux::kEFBIG, Errno::kFbig},
    std::pair{Linux::kEHOSTUNREACH, Errno::kHostunreach},
    std::pair{Linux::kEIDRM, Errno::kIdrm},
    std::pair{Linux::kEILSEQ, Errno::kIlseq},
    std::pair{Linux::kEINPROGRESS, Errno::kInprogress},
    std::pair{Linux::kEINTR, Errno::kIntr},
    std::pair{Linux::kEINVAL, Errno::kInval},
    std::pair{Linux::kEIO, Errno::kIo},
    std::pair{Linux::kEISCONN, Errno::kIsconn},
    std::pair{Linux::kEISDIR, Errno::kIsdir},
    std::pair{Linux::kELOOP, Errno::kLoop},
    std::pair{Linux::kEMFILE, Errno::kMfile},
    std::pair{Linux::kEMLINK, Errno::kMlink},
    std::pair{Linux::kEMSGSIZE, Errno::kMsgsize},
    std::pair{Linux::kEMULTIHOP, Errno::kMultihop},
    std::pair{Linux::kENAMETOOLONG, Errno::kNametoolong},
    std::pair{Linux::kENETDOWN, Errno::kNetdown},
    std::pair{Linux::kENETRESET, Errno::kNetreset},
    std::pair{Linux::kENETUNREACH, Errno::kNetunreach},
    std::pair{Linux::kENFILE, Errno::kNfile},
    std::pair{Linux::kENOBUFS, Errno::kNobufs},
    std::pair{Linux::kENODEV, Errno::kNodev},
    std::pair{Linux::kENOENT, Errno::kNoent},
    std::pair{Linux::kENOEXEC, Errno::kNoexec},
    std::pair{Linux::kENOLCK, Errno::kNolck},
    std::pair{Linux::kENOLINK, Errno::kNolink},
    std::pair{Linux::kENOMEM, Errno::kNomem},
    std::pair{Linux::kENOMSG, Errno::kNomsg},
    std::pair{Linux::kENOPROTOOPT, Errno::kNoprotoopt},
    std::pair{Linux::kENOSPC, Errno::kNospc},
    std::pair{Linux::kENOSYS, Errno::kNosys},
    std::pair{Linux::kENOTCONN, Errno::kNotconn},
    std::pair{Linux::kENOTDIR, Errno::kNotdir},
    std::pair{Linux::kENOTEMPTY, Errno::kNotempty},
    std::pair{Linux::kENOTRECOVERABLE, Errno::kNotrecoverable},
    std::pair{Linux::kENOTSOCK, Errno::kNotsock},
    std::pair{Linux::kEOPNOTSUPP, Errno::kNotsup},
    std::pair{Linux::kENOTTY, Errno::kNotty},
    std::pair{Linux::kENXIO, Errno::kNxio},
    std::pair{Linux::kEOVERFLOW, Errno::kOverflow},
    std::pair{Linux::kEOWNERDEAD, Errno::kOwnerdead},
    std::pair{Linux::kEPERM, Errno::kPerm},
    std::pair{Linux::kEPIPE, Errno::kPipe},
    std::pair{Linux::kEPROTO, Errno::kProto},
    std::pair{Linux::kEPROTONOSUPPORT, Errno::kProtonosupport},
    std::pair{Linux::kEPROTOTYPE, Errno::kPrototype},
    std::pair{Linux::kERANGE, Errno::kRange},
    std::pair{Linux::kEROFS, Errno::kRofs},
    std::pair{Linux::kESPIPE, Errno::kSpipe},
    std::pair{Linux::kESRCH, Errno::kSrch},
    std::pair{Linux::kESTALE, Errno::kStale},
    std::pair{Linux::kETIMEDOUT, Errno::kTimedout},
    std::pair{Linux::kETXTBSY, Errno::kTxtbsy},
    std::pair{Linux::kEXDEV, Errno::kXdev},
};

}  // namespace

Errno from_linux(uapi::Errno error) noexcept {
  for (const auto& [linux_error, word] : kWords) {
    if (linux_error == error) return word;
  }
  return Errno::kIo;
}

}  // namespace lind::wasi

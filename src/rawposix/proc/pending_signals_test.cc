#include "rawposix/proc/pending_signals.h"

#include <gtest/gtest.h>

namespace lind::rawposix {
namespace {

constexpr SignalMask kAll = ~SignalMask{0};

uapi::SigInfo signal_from(std::int32_t signo, std::uint32_t sender) {
  return sent_signal(signo, uapi::kSI_USER, sender);
}

TEST(PendingSignals, AStandardSignalWaitsOnceAndKeepsItsFirstSender) {
  PendingSignals pending;
  EXPECT_TRUE(pending.add(signal_from(uapi::kSIGUSR1, 5)));
  EXPECT_FALSE(pending.add(signal_from(uapi::kSIGUSR1, 6)));
  EXPECT_EQ(pending.take(kAll)->words[0], 5U);
  EXPECT_EQ(pending.take(kAll), std::nullopt);
  EXPECT_EQ(pending.mask(), 0U);
}

TEST(PendingSignals, ARealTimeSignalWaitsAsOftenAsItWasSentInOrder) {
  PendingSignals pending;
  for (const std::uint32_t sender : {7U, 8U, 9U}) {
    EXPECT_TRUE(pending.add(signal_from(uapi::kSIGRTMIN + 2, sender)));
  }
  for (const std::uint32_t sender : {7U, 8U, 9U}) {
    EXPECT_EQ(pending.mask(), signal_bit(uapi::kSIGRTMIN + 2));
    EXPECT_EQ(pending.take(kAll)->words[0], sender);
  }
  EXPECT_EQ(pending.mask(), 0U);
}

TEST(PendingSignals, TakesFaultsFirstThenTheLowestNumber) {
  PendingSignals pending;
  for (const std::int32_t signo : {64, uapi::kSIGTERM, uapi::kSIGSEGV, uapi::kSIGHUP}) {
    pending.add(signal_from(signo, 0));
  }
  for (const std::int32_t signo : {uapi::kSIGSEGV, uapi::kSIGHUP, uapi::kSIGTERM, 64}) {
    EXPECT_EQ(pending.take(kAll)->signo, signo);
  }
}

TEST(PendingSignals, LeavesWhatIsNotAllowed) {
  PendingSignals pending;
  pending.add(signal_from(uapi::kSIGUSR1, 0));
  pending.add(signal_from(uapi::kSIGUSR2, 0));
  const SignalMask allowed = signal_bit(uapi::kSIGUSR2);
  EXPECT_EQ(pending.first(allowed), uapi::kSIGUSR2);
  EXPECT_EQ(pending.take(allowed)->signo, uapi::kSIGUSR2);
  EXPECT_EQ(pending.take(allowed), std::nullopt);
  EXPECT_EQ(pending.mask(), signal_bit(uapi::kSIGUSR1));
}

TEST(PendingSignals, RemoveDropsEveryCopy) {
  PendingSignals pending;
  pending.add(signal_from(40, 1));
  pending.add(signal_from(40, 2));
  pending.add(signal_from(uapi::kSIGCONT, 3));
  pending.remove(signal_bit(40));
  EXPECT_EQ(pending.size(), 1U);
  EXPECT_EQ(pending.mask(), signal_bit(uapi::kSIGCONT));
}

struct DefaultCase {
  std::int32_t signo;
  DefaultAction action;
};

// signal(7), "Standard signals"; a core file counts as termination.
TEST(DefaultAction, IsWhatTheManualSays) {
  constexpr DefaultCase kCases[] = {
      {1, DefaultAction::kTerminate},  {6, DefaultAction::kTerminate},
      {9, DefaultAction::kTerminate},  {11, DefaultAction::kTerminate},
      {16, DefaultAction::kTerminate}, {17, DefaultAction::kIgnore},
      {18, DefaultAction::kContinue},  {19, DefaultAction::kStop},
      {20, DefaultAction::kStop},      {21, DefaultAction::kStop},
      {22, DefaultAction::kStop},      {23, DefaultAction::kIgnore},
      {24, DefaultAction::kTerminate}, {28, DefaultAction::kIgnore},
      {29, DefaultAction::kTerminate}, {31, DefaultAction::kTerminate},
      {32, DefaultAction::kTerminate}, {64, DefaultAction::kTerminate},
  };
  for (const DefaultCase& c : kCases)
    EXPECT_EQ(default_action(c.signo), c.action) << c.signo;
}

TEST(IsSignal, TakesOneToSixtyFour) {
  for (const std::int32_t signo : {INT32_MIN, -1, 0, 65, INT32_MAX}) {
    EXPECT_FALSE(is_signal(signo)) << signo;
  }
  EXPECT_TRUE(is_signal(1));
  EXPECT_TRUE(is_signal(64));
}

}  // namespace
}  // namespace lind::rawposix

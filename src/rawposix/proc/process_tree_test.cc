#include "rawposix/proc/process_tree.h"

#include <gtest/gtest.h>

#include "uapi/process.h"
#include "uapi/signal.h"

namespace lind::rawposix {
namespace {

constexpr std::int32_t kExited = uapi::kWEXITED | uapi::kWNOHANG;

// The tree never looks into a process itself: null pointers stand for them.
class Tree : public testing::Test {
 protected:
  void SetUp() override {
    first_ = tree_.take_id().value();
    tree_.add_first(first_, nullptr);
  }
  std::uint32_t child_of(std::uint32_t parent, std::int32_t exit_signal = uapi::kSIGCHLD) {
    const std::uint32_t pid = tree_.take_id().value();
    tree_.add(pid, nullptr, {.parent = parent, .exit_signal = exit_signal, .vfork = false});
    return pid;
  }
  void end(std::uint32_t pid, std::int32_t status, bool discarded = false) {
    tree_.end(pid, status, Usage{.user_ns = 10}, [&](const auto&, const ChildNews& news) {
      told_ = news;
      return discarded;
    });
  }
  Result<std::optional<WaitEvent>> poll(std::uint32_t parent, WaitSelector selector,
                                        std::int32_t options = kExited) {
    return tree_.poll(parent, selector, options);
  }

  ProcessTree tree_;
  std::uint32_t first_ = 0;
  std::optional<ChildNews> told_;
};

TEST_F(Tree, WaitingWithoutChildrenIsEchild) {
  EXPECT_EQ(poll(first_, {}).error(), uapi::Errno::kECHILD);
  const std::uint32_t child = child_of(first_);
  EXPECT_EQ(poll(child, {}).error(), uapi::Errno::kECHILD);
}

TEST_F(Tree, AZombieIsReportedOnceAndItsUsageGoesToTheParent) {
  const std::uint32_t child = child_of(first_);
  EXPECT_EQ(poll(first_, {}).value(), std::nullopt);
  end(child, uapi::exited_status(3));
  EXPECT_EQ(told_->pid, child);
  EXPECT_EQ(told_->signal, uapi::kSIGCHLD);
  const std::optional<WaitEvent> event = poll(first_, {}).value();
  EXPECT_EQ(event->pid, child);
  EXPECT_EQ(event->status, 0x300);
  EXPECT_EQ(tree_.children_usage(first_).user_ns, 10);
  EXPECT_EQ(poll(first_, {}).error(), uapi::Errno::kECHILD);
}

TEST_F(Tree, WnowaitLeavesTheZombie) {
  end(child_of(first_), 0);
  EXPECT_TRUE(poll(first_, {}, kExited | uapi::kWNOWAIT).value().has_value());
  EXPECT_TRUE(poll(first_, {}).value().has_value());
}

TEST_F(Tree, AParentThatDiscardsChildrenNeverSeesAZombie) {
  end(child_of(first_), 0, true);
  EXPECT_EQ(poll(first_, {}).error(), uapi::Errno::kECHILD);
}

TEST_F(Tree, SelectorsChooseByPidAndByGroup) {
  const std::uint32_t a = child_of(first_);
  const std::uint32_t b = child_of(first_);
  ASSERT_TRUE(tree_.set_group(first_, b, b).ok());
  end(a, 0);
  end(b, 0);
  using Kind = WaitSelector::Kind;
  EXPECT_EQ(poll(first_, {Kind::kPid, 31999}).error(), uapi::Errno::kECHILD);
  EXPECT_EQ(poll(first_, {Kind::kGroup, 31999}).error(), uapi::Errno::kECHILD);
  EXPECT_EQ(poll(first_, {Kind::kGroup, b}).value()->pid, b);
  EXPECT_EQ(poll(first_, {Kind::kPid, a}).value()->pid, a);
}

TEST_F(Tree, CloneChildrenAreSeenWithWcloneOrWallOnly) {
  const std::uint32_t child = child_of(first_, 0);
  end(child, 0);
  EXPECT_EQ(poll(first_, {}).error(), uapi::Errno::kECHILD);
  EXPECT_TRUE(poll(first_, {}, kExited | uapi::k__WCLONE | uapi::kWNOWAIT).value().has_value());
  EXPECT_TRUE(poll(first_, {}, kExited | uapi::k__WALL).value().has_value());
}

TEST_F(Tree, OrphansGoToInitWhichReapsThem) {
  const std::uint32_t child = child_of(first_);
  const std::uint32_t living = child_of(child);
  const std::uint32_t zombie = child_of(child);
  end(zombie, 0);
  end(child, 0);
  EXPECT_EQ(tree_.parent_of(living), kInitPid);
  EXPECT_EQ(tree_.group_of(zombie).error(), uapi::Errno::kESRCH);
  end(living, 0);
  EXPECT_EQ(tree_.group_of(living).error(), uapi::Errno::kESRCH);
  EXPECT_EQ(tree_.size(), 2U);
}

TEST_F(Tree, StopsAndContinuesAreReportedOnce) {
  const std::uint32_t child = child_of(first_);
  const auto tell = [](const auto&, const ChildNews&) { return false; };
  const auto yes = [] { return true; };
  tree_.report(child, uapi::stopped_status(uapi::kSIGSTOP), yes, tell);
  EXPECT_EQ(poll(first_, {}).value(), std::nullopt);
  constexpr std::int32_t kStopped = uapi::kWSTOPPED | uapi::kWNOHANG;
  EXPECT_EQ(poll(first_, {}, kStopped).value()->status, 0x137f);
  EXPECT_EQ(poll(first_, {}, kStopped).value(), std::nullopt);
  tree_.report(child, uapi::kContinuedStatus, yes, tell);
  constexpr std::int32_t kContinued = uapi::kWCONTINUED | uapi::kWNOHANG;
  EXPECT_EQ(poll(first_, {}, kContinued).value()->status, 0xffff);
  EXPECT_EQ(poll(first_, {}, kContinued).value(), std::nullopt);
  tree_.report(child, uapi::stopped_status(uapi::kSIGSTOP), [] { return false; }, tell);
  EXPECT_EQ(poll(first_, {}, kStopped).value(), std::nullopt);
}

TEST_F(Tree, SetpgidRefusesWhatLinuxRefuses) {
  const std::uint32_t child = child_of(first_);
  const std::uint32_t grandchild = child_of(child);
  EXPECT_EQ(tree_.set_group(first_, 31999, 31999).error(), uapi::Errno::kESRCH);
  EXPECT_EQ(tree_.set_group(first_, grandchild, grandchild).error(), uapi::Errno::kESRCH);
  EXPECT_EQ(tree_.set_group(first_, child, grandchild).error(), uapi::Errno::kEPERM);
  EXPECT_TRUE(tree_.set_group(first_, child, child).ok());
  EXPECT_TRUE(tree_.set_group(child, grandchild, child).ok());
  tree_.executed(child);
  EXPECT_EQ(tree_.set_group(first_, child, first_).error(), uapi::Errno::kEACCES);
  EXPECT_TRUE(tree_.set_group(child, child, first_).ok());
}

TEST_F(Tree, ASessionLeaderLeadsAGroupAndCannotLeaveIt) {
  const std::uint32_t child = child_of(first_);
  EXPECT_EQ(tree_.new_session(first_).error(), uapi::Errno::kEPERM);
  EXPECT_TRUE(tree_.new_session(child).ok());
  EXPECT_EQ(tree_.session_of(child).value(), child);
  EXPECT_EQ(tree_.group_of(child).value(), child);
  EXPECT_EQ(tree_.new_session(child).error(), uapi::Errno::kEPERM);
  EXPECT_EQ(tree_.set_group(child, child, child).error(), uapi::Errno::kEPERM);
  EXPECT_EQ(tree_.set_group(first_, child, first_).error(), uapi::Errno::kEPERM);
}

TEST_F(Tree, AGroupIsOrphanedWhenNoParentOfItsSessionIsOutside) {
  EXPECT_TRUE(tree_.group_is_orphaned(first_));
  const std::uint32_t child = child_of(first_);
  ASSERT_TRUE(tree_.set_group(first_, child, child).ok());
  EXPECT_FALSE(tree_.group_is_orphaned(child));
  const std::uint32_t grandchild = child_of(child);
  EXPECT_FALSE(tree_.group_is_orphaned(child));
  end(child, 0);
  EXPECT_EQ(tree_.group_of(grandchild).value(), child);
  EXPECT_TRUE(tree_.group_is_orphaned(child));
}

}  // namespace
}  // namespace lind::rawposix

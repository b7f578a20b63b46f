#include "rawposix/proc/credentials.h"

#include <gtest/gtest.h>

namespace lind::rawposix {
namespace {

Credentials user(std::uint32_t uid) {
  Credentials credentials;
  credentials.users = credentials.groups = {uid, uid, uid, uid};
  return credentials;
}

TEST(Credentials, SetIdsAct) {
  const Credentials now = after_exec(user(5), {.user = 7, .group = 8});
  EXPECT_EQ(now.users, (IdSet{5, 7, 7, 7}));
  EXPECT_EQ(now.groups, (IdSet{5, 8, 8, 8}));
  EXPECT_TRUE(is_secure(now));
}

TEST(Credentials, SetIdsDoNotActWithoutNewPrivileges) {
  Credentials old = user(5);
  old.no_new_privs = true;
  EXPECT_EQ(after_exec(old, {.user = 0, .group = 0}), old);
}

TEST(Credentials, ExecSavesTheEffectiveIds) {
  Credentials old = user(5);
  old.users = {5, 6, 7, 8};
  EXPECT_EQ(after_exec(old, {}).users, (IdSet{5, 6, 6, 6}));
}

TEST(Credentials, OnlyRelatedUsersSignalEachOther) {
  EXPECT_TRUE(may_signal(user(0), user(5)));
  EXPECT_TRUE(may_signal(user(5), user(5)));
  EXPECT_FALSE(may_signal(user(5), user(6)));
  EXPECT_FALSE(may_signal(user(5), user(0)));
  Credentials dropped = user(0);
  dropped.users.effective = dropped.users.fs = 5;
  EXPECT_TRUE(may_signal(dropped, user(0)));   // its real uid is root's
  EXPECT_FALSE(may_signal(user(5), dropped));  // an effective uid is no target
}

TEST(Credentials, TheHostUserIsRootInBothWays) {
  Credentials credentials;
  EXPECT_TRUE(credentials.is_host_user());
  credentials.groups.fs = 5;
  EXPECT_TRUE(credentials.overrides_modes());
  EXPECT_FALSE(credentials.is_host_user());
}

}  // namespace
}  // namespace lind::rawposix

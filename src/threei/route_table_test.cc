#include "threei/route_table.h"

#include <gtest/gtest.h>

namespace lind::threei {
namespace {

std::shared_ptr<const RouteSnapshot> all_to_microvisor() {
  auto snapshot = std::make_shared<RouteSnapshot>();
  for (Route& route : snapshot->routes)
    route.kind = Route::Kind::kMicrovisor;
  return snapshot;
}

TEST(RouteTable, NumbersOutsideTheTableAreDeniedWithEnosys) {
  const RouteTable table(all_to_microvisor());
  for (const std::int32_t number : {-1, uapi::kSyscallLimit, uapi::kServiceBase, INT32_MIN}) {
    EXPECT_EQ(table.lookup(number).kind, Route::Kind::kDeny) << number;
    EXPECT_EQ(table.lookup(number).error, uapi::Errno::kENOSYS) << number;
  }
  EXPECT_EQ(table.lookup(0).kind, Route::Kind::kMicrovisor);
  EXPECT_EQ(table.lookup(uapi::kSyscallLimit - 1).kind, Route::Kind::kMicrovisor);
}

TEST(RouteTable, SetReplacesOneRouteAndReturnsTheOld) {
  RouteTable table(all_to_microvisor());
  const Route deny{.kind = Route::Kind::kDeny, .error = uapi::Errno::kEPERM};
  EXPECT_EQ(table.set(39, deny).value().kind, Route::Kind::kMicrovisor);
  EXPECT_EQ(table.lookup(39).error, uapi::Errno::kEPERM);
  EXPECT_EQ(table.lookup(38).kind, Route::Kind::kMicrovisor);
  EXPECT_EQ(table.set(uapi::kSyscallLimit, deny).error(), uapi::Errno::kEINVAL);
  EXPECT_EQ(table.set(-1, deny).error(), uapi::Errno::kEINVAL);
}

TEST(RouteTable, AChangeDoesNotReachTablesThatSharedTheSnapshot) {
  RouteTable parent(all_to_microvisor());
  const RouteTable child(parent.snapshot());
  parent.set(39, Route{}).value();
  EXPECT_EQ(child.lookup(39).kind, Route::Kind::kMicrovisor);
}

}  // namespace
}  // namespace lind::threei

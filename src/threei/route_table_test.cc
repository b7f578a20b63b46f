#include "threei/route_table.h"

#include <gtest/gtest.h>

#include "uapi/threei.h"

namespace lind::threei {
namespace {

using Kind = Route::Kind;

std::shared_ptr<const RouteSnapshot> all_to_microvisor() {
  auto snapshot = std::make_shared<RouteSnapshot>();
  for (auto& word : snapshot->words)
    word = Route::microvisor().word();
  return snapshot;
}

std::shared_ptr<const Lineage> cage(std::uint32_t number,
                                    std::shared_ptr<const Lineage> parent = nullptr) {
  return std::make_shared<Lineage>(CageId{number}, std::move(parent));
}

Layer denial(std::shared_ptr<const Lineage> owner, uapi::Errno error) {
  return {.owner = std::move(owner), .kind = Layer::Kind::kDeny, .error = error};
}

Layer passing(std::shared_ptr<const Lineage> owner) {
  return {.owner = std::move(owner), .kind = Layer::Kind::kPass};
}

uapi::Errno denied_with(const RouteTable& table, std::int32_t number) {
  return table.lookup(number).kind() == Kind::kDeny ? table.lookup(number).error() : uapi::Errno{};
}

TEST(RouteTable, NumbersOutsideTheTableAreDeniedWithEnosys) {
  const RouteTable table(all_to_microvisor());
  for (const std::int32_t number : {-1, uapi::kSyscallLimit, uapi::kServiceBase, INT32_MIN}) {
    EXPECT_EQ(table.lookup(number).kind(), Kind::kDeny) << number;
    EXPECT_EQ(table.lookup(number).error(), uapi::Errno::kENOSYS) << number;
  }
  EXPECT_EQ(table.lookup(0).kind(), Kind::kMicrovisor);
  EXPECT_EQ(table.lookup(uapi::kSyscallLimit - 1).kind(), Kind::kMicrovisor);
}

TEST(RouteTable, TheTopmostLayerAnswersAndWhatWasBeneathComesBack) {
  RouteTable table(all_to_microvisor());
  const auto outer = cage(2);
  const auto inner = cage(3, outer);
  ASSERT_TRUE(table.add(39, denial(outer, uapi::Errno::kEPERM)).ok());
  ASSERT_TRUE(table.add(39, denial(inner, uapi::Errno::kEXDEV)).ok());
  EXPECT_EQ(denied_with(table, 39), uapi::Errno::kEXDEV);
  EXPECT_EQ(table.lookup(38).kind(), Kind::kMicrovisor);
  ASSERT_TRUE(table.remove(39, *outer).ok()) << "from the middle";
  EXPECT_EQ(denied_with(table, 39), uapi::Errno::kEXDEV);
  ASSERT_TRUE(table.remove(39, *inner).ok());
  EXPECT_EQ(table.lookup(39).kind(), Kind::kMicrovisor);
  EXPECT_EQ(table.remove(39, *inner).error(), uapi::Errno::kENOENT);
}

TEST(RouteTable, TheSameOwnerReplacesItsLayer) {
  RouteTable table(all_to_microvisor());
  const auto owner = cage(2);
  for (std::int32_t error = 1; error < 200; ++error)
    ASSERT_TRUE(table.add(39, denial(owner, static_cast<uapi::Errno>(error))).ok());
  EXPECT_EQ(table.stack(39).value().layers.size(), 1U);
  EXPECT_EQ(denied_with(table, 39), static_cast<uapi::Errno>(199));
}

TEST(RouteTable, LayersOfOneNumberAreLimited) {
  RouteTable table(all_to_microvisor());
  for (std::uint32_t number = 1; number <= RouteTable::kMaxLayers; ++number)
    ASSERT_TRUE(table.add(39, denial(cage(number), uapi::Errno::kEPERM)).ok());
  EXPECT_EQ(table.add(39, denial(cage(99), uapi::Errno::kEPERM)).error(), uapi::Errno::kENOSPC);
}

TEST(RouteTable, RefusesNumbersOutside) {
  RouteTable table(all_to_microvisor());
  const auto owner = cage(2);
  for (const std::int32_t number : {-2, uapi::kSyscallLimit, INT32_MIN, INT32_MAX}) {
    EXPECT_EQ(table.add(number, denial(owner, uapi::Errno::kEPERM)).error(), uapi::Errno::kEINVAL);
    EXPECT_EQ(table.remove(number, *owner).error(), uapi::Errno::kEINVAL);
    EXPECT_EQ(table.stack(number).error(), uapi::Errno::kEINVAL);
  }
}

TEST(RouteTable, AWildcardCoversLinuxNumbersThatAreNotNamed) {
  RouteTable table(all_to_microvisor());
  const auto owner = cage(2);
  ASSERT_TRUE(table.add(1, passing(owner)).ok());
  ASSERT_TRUE(table.add(2, denial(owner, uapi::Errno::kEXDEV)).ok());
  ASSERT_TRUE(table.add(uapi::kEveryNumber, denial(owner, uapi::Errno::kEPERM)).ok());
  EXPECT_EQ(denied_with(table, 0), uapi::Errno::kEPERM);
  EXPECT_EQ(denied_with(table, 2), uapi::Errno::kEXDEV) << "named before";
  EXPECT_EQ(denied_with(table, 999), uapi::Errno::kEPERM);
  EXPECT_EQ(table.lookup(1000).kind(), Kind::kMicrovisor);
  ASSERT_TRUE(table.add(3, denial(owner, uapi::Errno::kEIO)).ok());
  EXPECT_EQ(denied_with(table, 3), uapi::Errno::kEIO) << "named later";
  ASSERT_TRUE(table.remove(3, *owner).ok());
  EXPECT_EQ(denied_with(table, 3), uapi::Errno::kEPERM);
  ASSERT_TRUE(table.remove(uapi::kEveryNumber, *owner).ok());
  EXPECT_EQ(table.lookup(0).kind(), Kind::kMicrovisor);
  EXPECT_EQ(denied_with(table, 2), uapi::Errno::kEXDEV);
}

// A pass that stands above a wildcard of the same owner shows what is beneath both.
TEST(RouteTable, ANumberThatPassesIsNotTheWildcards) {
  RouteTable table(all_to_microvisor());
  const auto owner = cage(2);
  ASSERT_TRUE(table.add(uapi::kEveryNumber, denial(owner, uapi::Errno::kEPERM)).ok());
  ASSERT_TRUE(table.add(1, passing(owner)).ok());
  EXPECT_EQ(table.lookup(1).kind(), Kind::kMicrovisor);
}

TEST(RouteTable, AChangeDoesNotReachTablesThatSharedTheSnapshot) {
  RouteTable parent(all_to_microvisor());
  RouteTable child(parent.snapshot());
  const auto owner = cage(2);
  ASSERT_TRUE(parent.add(39, denial(owner, uapi::Errno::kEPERM)).ok());
  EXPECT_EQ(child.lookup(39).kind(), Kind::kMicrovisor);
  const RouteTable later(parent.snapshot());
  ASSERT_TRUE(parent.remove(39, *owner).ok());
  EXPECT_EQ(denied_with(later, 39), uapi::Errno::kEPERM);
}

TEST(RouteTable, ASealedTableAndItsChildrenDoNotChange) {
  RouteTable table(all_to_microvisor());
  const auto owner = cage(2);
  ASSERT_TRUE(table.add(39, denial(owner, uapi::Errno::kEPERM)).ok());
  table.seal();
  RouteTable child(table.snapshot());
  for (RouteTable* each : {&table, &child}) {
    EXPECT_EQ(each->add(40, denial(owner, uapi::Errno::kEPERM)).error(), uapi::Errno::kEPERM);
    EXPECT_EQ(each->remove(39, *owner).error(), uapi::Errno::kEPERM);
    EXPECT_EQ(each->copy_from(*all_to_microvisor(), *owner).error(), uapi::Errno::kEPERM);
    EXPECT_EQ(denied_with(*each, 39), uapi::Errno::kEPERM);
  }
}

TEST(RouteTable, ACopyShedsNothingOfOthers) {
  const auto outside = cage(2);
  const auto who = cage(3, outside);
  const auto below = cage(4, who);
  RouteTable source(all_to_microvisor());
  ASSERT_TRUE(source.add(1, denial(who, uapi::Errno::kEIO)).ok());
  ASSERT_TRUE(source.add(2, denial(outside, uapi::Errno::kEACCES)).ok());
  RouteTable target(all_to_microvisor());
  ASSERT_TRUE(target.add(1, denial(outside, uapi::Errno::kEPERM)).ok());
  ASSERT_TRUE(target.add(3, denial(outside, uapi::Errno::kEPERM)).ok());
  ASSERT_TRUE(target.add(4, denial(below, uapi::Errno::kEPERM)).ok());
  ASSERT_TRUE(target.copy_from(*source.snapshot(), *who).ok());
  EXPECT_EQ(denied_with(target, 1), uapi::Errno::kEIO);
  EXPECT_EQ(target.stack(1).value().layers.size(), 2U) << "the outer one is still beneath";
  EXPECT_EQ(target.lookup(2).kind(), Kind::kMicrovisor) << "not the copier's to give";
  EXPECT_EQ(denied_with(target, 3), uapi::Errno::kEPERM);
  EXPECT_EQ(target.lookup(4).kind(), Kind::kMicrovisor) << "replaced";
}

TEST(Lineage, EndedForebearsAreLeftOutAtTheNextBirth) {
  const auto first = std::make_shared<Lineage>(CageId{2});
  const auto second = std::make_shared<Lineage>(CageId{3}, first);
  const auto third = std::make_shared<Lineage>(CageId{4}, second);
  EXPECT_TRUE(third->descends_from(*first));
  EXPECT_FALSE(first->descends_from(*third));
  EXPECT_FALSE(first->descends_from(*first));
  second->end();
  const auto fourth = std::make_shared<Lineage>(CageId{5}, second);
  EXPECT_EQ(fourth->parent(), first.get());
  EXPECT_TRUE(fourth->descends_from(*first));
  EXPECT_EQ(second->cage(), CageId{});
}

}  // namespace
}  // namespace lind::threei

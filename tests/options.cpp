// Covers isa.hpp, detail/simd/isa.hpp.

#include <mohs/isa.hpp>
#include <mohs/options.hpp>

#include "catch.hpp"
#include "reference.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <tuple>

using mohs::IsaLevel;

namespace {

constexpr IsaLevel all_levels[] = {IsaLevel::portable, IsaLevel::baseline, IsaLevel::avx2, IsaLevel::avx512};

struct CountRows {
    Eigen::VectorXi seen;
    explicit CountRows(mohs::Index anchors) : seen(Eigen::VectorXi::Zero(anchors)) {}
    template <class T>
    void row(mohs::Anchor anchor, const mohs::FullRow<T>&)
    {
        ++seen[anchor.row];
    }
};

bool is_available(IsaLevel level)
{
    const std::vector<IsaLevel> available = mohs::available_isa_levels();
    return std::find(available.begin(), available.end(), level) != available.end();
}

}  // namespace

TEST_CASE("the portable level is available everywhere and automatic is not a level")
{
    const std::vector<IsaLevel> available = mohs::available_isa_levels();
    REQUIRE(available.front() == IsaLevel::portable);
    REQUIRE_FALSE(is_available(IsaLevel::automatic));
}

TEST_CASE("available levels ascend without repetition")
{
    const std::vector<IsaLevel> available = mohs::available_isa_levels();
    REQUIRE(std::is_sorted(available.begin(), available.end()));
    REQUIRE(std::adjacent_find(available.begin(), available.end()) == available.end());
}

TEST_CASE("AVX-512 is available only where AVX2 is")
{
    REQUIRE((!is_available(IsaLevel::avx512) || is_available(IsaLevel::avx2)));
}

TEST_CASE("automatic is the best level that is available")
{
    REQUIRE(mohs::detail::isa::resolve(IsaLevel::automatic) == mohs::available_isa_levels().back());
}

TEST_CASE("an available level is used as asked for")
{
    for (const IsaLevel level : mohs::available_isa_levels()) {
        REQUIRE(mohs::detail::isa::resolve(level) == level);
        IsaLevel entered = IsaLevel::automatic;
        mohs::detail::isa::with_isa(level, [&](auto isa) { entered = decltype(isa)::level; });
        REQUIRE(entered == level);
    }
}

TEST_CASE("a level that is not available throws before any work", "[kernel]")
{
    const reference::Data data = reference::gaussian(20, 4);
    const reference::Owned<float> owned(data);
    for (const IsaLevel level : all_levels) {
        mohs::Options options;
        options.isa = level;
        CountRows visitor(20);
        if (is_available(level)) {
            REQUIRE_NOTHROW(mohs::scan(owned.batch(), mohs::Cosine{}, visitor, options));
            REQUIRE(visitor.seen.isOnes());
        } else {
            REQUIRE_THROWS_AS(mohs::scan(owned.batch(), mohs::Cosine{}, visitor, options), std::invalid_argument);
            REQUIRE(visitor.seen.isZero());
        }
    }
}

TEST_CASE("a level that does not exist is refused with a message that names the option")
{
    REQUIRE(reference::mentions(
        reference::message_of([&] { std::ignore = mohs::detail::isa::resolve(static_cast<IsaLevel>(77)); }),
        {"mohs::Options", "isa"}));
}

TEST_CASE("a negative number of threads throws before any work")
{
    const reference::Data data = reference::gaussian(20, 4);
    const reference::Owned<float> owned(data);
    for (const bool with_executor : {false, true}) {
        mohs::Options options;
        options.threads = -1;
        if (with_executor) {
            options.executor = reference::backward_executor();
        }
        CountRows visitor(20);
        REQUIRE_THROWS_AS(mohs::scan(owned.batch(), mohs::Cosine{}, visitor, options), std::invalid_argument);
        REQUIRE(reference::mentions(
            reference::message_of([&] { mohs::scan(owned.batch(), mohs::Cosine{}, visitor, options); }),
            {"mohs::Options: threads", "-1"}));
        REQUIRE(visitor.seen.isZero());
    }
}

TEST_CASE("a negative number of threads throws for an empty batch too")
{
    const mohs::Matrix none(0, 4);
    mohs::Options options;
    options.threads = -3;
    CountRows visitor(0);
    REQUIRE_THROWS_AS(mohs::scan(mohs::Batch{none}, mohs::Cosine{}, visitor, options), std::invalid_argument);
}

TEST_CASE("more threads than there is work are not a mistake")
{
    const reference::Data data = reference::gaussian(20, 4);
    const reference::Owned<float> owned(data);
    mohs::Options options;
    options.threads = 1000;
    CountRows visitor(20);
    mohs::scan(owned.batch(), mohs::Cosine{}, visitor, options);
    REQUIRE(visitor.seen.isOnes());
}

TEST_CASE("levels have different names")
{
    std::set<std::string> names = {mohs::to_string(IsaLevel::automatic)};
    for (const IsaLevel level : all_levels) {
        names.insert(mohs::to_string(level));
    }
    REQUIRE(names.size() == 5);
}

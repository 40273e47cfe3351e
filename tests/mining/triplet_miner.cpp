// Covers detail/mining/apart_miner.hpp, detail/mining/slot_miner.hpp.

#include "../catch.hpp"
#include "expected.hpp"

#include <mohs/mining/triplet_miner.hpp>

#include <Eigen/QR>

namespace {

using mohs::Index;
using mohs::Options;
using reference::Data;
using reference::Scene;

/// One metric per row transform and finish; each strategy's own tests have them all.
using Metrics = std::tuple<mohs::Cosine, mohs::DotProduct, mohs::Euclidean, mohs::Normalised<mohs::Euclidean>>;

template <class M>
using Miner = mohs::TripletMiner<M, mohs::HardestPositive, mohs::HardestNegative>;

}

TEMPLATE_LIST_TEST_CASE("the hardest triplets of a batch", "", Metrics)
{
    CHECK(mining::self_scan_fault<float>(Miner<TestType>{{}, {}, {}}) == "");
}

TEMPLATE_LIST_TEST_CASE("the hardest triplets of queries and a gallery", "", Metrics)
{
    CHECK(mining::gallery_scan_fault<float>(Miner<TestType>{{}, {}, {}}) == "");
}

TEST_CASE("the hardest triplets of double rows")
{
    CHECK(mining::self_scan_fault<double>(Miner<mohs::Euclidean>{{}, {}, {}}) == "");
    CHECK(mining::gallery_scan_fault<double>(Miner<mohs::Euclidean>{{}, {}, {}}) == "");
}

TEMPLATE_LIST_TEST_CASE("a copy of the batch as gallery gives the triplets of the batch itself", "", Metrics)
{
    const Miner<TestType> miner{{}, {}, {}};
    for (const Data& plain : reference::all_kinds(70, 13)) {
        if (plain.labels.empty()) {
            continue;
        }
        const Data data = plain.ids.empty() ? reference::with_row_ids(plain) : plain;
        const reference::Owned<float> owned(plain), queries(data), gallery(data);
        for (const mohs::IsaLevel level : mohs::available_isa_levels()) {
            INFO(plain.name << ", " << mohs::to_string(level));
            const Options options{.isa = level, .threads = 1};
            const auto expected = miner(owned.batch(), options),
                       found = miner(queries.batch(), gallery.batch(), options);
            CHECK(mining::same_triplets(found, expected));
            CHECK(mining::same_triplets(miner(queries.batch(), options), expected));
            CHECK(found.report.no_positive == expected.report.no_positive);
            CHECK(found.report.no_negative == expected.report.no_negative);
            CHECK(found.report.non_finite == expected.report.non_finite);
            CHECK(found.report.non_finite_candidates == expected.report.non_finite_candidates);
        }
    }
}

TEST_CASE("queries and a gallery of different scalars give the triplets of the same rows in float")
{
    const Data queries = reference::rounded_to<Eigen::bfloat16>(reference::clustered(33, 6)),
               gallery = reference::rounded_to<Eigen::bfloat16>(reference::clustered(52, 6, 71));
    const reference::Owned<Eigen::bfloat16> short_queries(queries);
    const reference::Owned<float> long_queries(queries), long_gallery(gallery);
    const Miner<mohs::Cosine> miner{{}, {}, {}};
    const auto expected = miner(long_queries.batch(), long_gallery.batch());
    CHECK(expected.size() > 5);
    CHECK(mining::same_triplets(miner(short_queries.batch(), long_gallery.batch()), expected));
}

TEST_CASE("every reason to skip an anchor is counted once")
{
    const double nan = std::bit_cast<double>(0x7ff8000000000000U),
                 infinity = std::bit_cast<double>(0x7ff0000000000000U);
    // Label 1 has two samples, one of them twice; label 2 is alone; label 3 has only the same sample again; label 4 is
    // not finite.
    const Data data{"all reasons",
                    reference::Table{{1, 0}, {0, 1}, {0, 1}, {2, 2}, {3, 1}, {3, 1}, {nan, 0}, {0, infinity}, {0, 0}},
                    {1, 1, 1, 2, 3, 3, 4, 4, 1},
                    {10, 20, 20, 30, 40, 40, 50, 60, 70}};
    const reference::Owned<float> owned(data);
    const Miner<mohs::Euclidean> miner{{}, {}, {}};
    const mohs::Report report = miner(owned.batch()).report;
    CHECK(report.anchors == 9);
    CHECK(report.valid == 4);
    CHECK(report.tuples == 4);
    CHECK(report.no_positive == 3);
    CHECK(report.no_negative == 0);
    CHECK(report.non_finite == 2);
    CHECK(report.non_finite_candidates == 2);
    CHECK(report.zero_rows == 1);
    CHECK(report.positive.count == 4);
    CHECK(report.negative.count == 4);

    // A gallery of one class: its anchors have no negative, the others no positive.
    const Data gallery{"one class", reference::Table{{1, 1}, {nan, 2}, {0, 0}}, {1, 1, 1}, {20, 1, 2}};
    const reference::Owned<float> candidates(gallery);
    const mohs::Report against = miner(owned.batch(), candidates.batch()).report;
    CHECK(against.anchors == 9);
    CHECK(against.valid == 0);
    CHECK(against.no_negative == 4);
    CHECK(against.no_positive == 3);
    CHECK(against.non_finite == 2);
    CHECK(against.non_finite_candidates == 1);
    CHECK(against.zero_rows == 2);
    CHECK(against.positive.count == 0);
}

TEST_CASE("empty queries or an empty gallery give no triplets and a report")
{
    const Data five = reference::two_classes(5, 3), none = reference::two_classes(0, 3);
    CHECK(mining::fault<float>(Miner<mohs::Cosine>{{}, {}, {}}, Scene(five, none)) == "");
    CHECK(mining::fault<float>(Miner<mohs::Cosine>{{}, {}, {}}, Scene(none, five)) == "");
    CHECK(mining::fault<float>(Miner<mohs::Euclidean>{{}, {}, {}}, Scene(five, none)) == "");
    CHECK(mining::fault<float>(Miner<mohs::Euclidean>{{}, {}, {}}, Scene(none, none)) == "");
}

TEST_CASE("triplets are the same bits for any threads and executor", "[threads]")
{
    // Some 30 panels on every level, so that the threads share blocks.
    const Data data = reference::clustered(700, 9), gallery = reference::clustered(500, 9, 72);
    const reference::Owned<float> owned(data), candidates(gallery);
    const auto check = [&](const auto& miner) {
        for (const mohs::IsaLevel level : mohs::available_isa_levels()) {
            const auto self = miner(owned.batch(), {.isa = level, .threads = 1});
            const auto other = miner(owned.batch(), candidates.batch(), {.isa = level, .threads = 1});
            CHECK(self.size() == 700);
            for (const int threads : {2, 3}) {
                for (const Options& options :
                     {Options{.isa = level, .threads = threads, .executor = reference::thread_executor(threads)},
                      Options{.isa = level, .threads = 5, .executor = reference::thread_executor(threads)},
                      Options{.isa = level, .executor = reference::backward_executor()}}) {
                    CHECK(mining::same_triplets(miner(owned.batch(), options), self));
                    CHECK(mining::same_triplets(miner(owned.batch(), candidates.batch(), options), other));
                }
            }
        }
    };
    check(Miner<mohs::Cosine>{{}, {}, {}});
    check(Miner<mohs::Euclidean>{{}, {}, {}});
}

TEST_CASE("triplets are the same bits for any number of OpenMP threads")
{
    const Data data = reference::clustered(700, 9);
    const reference::Owned<float> owned(data);
    const Miner<mohs::Euclidean> miner{{}, {}, {}};
    const auto serial = miner(owned.batch(), {.threads = 1});
    for (const int threads : {0, 2, 3}) {
        CHECK(mining::same_triplets(miner(owned.batch(), {.threads = threads}), serial));
    }
}

TEST_CASE("a workspace and used triplets change nothing")
{
    const Miner<mohs::Cosine> miner{{}, {}, {}};
    mohs::Workspace workspace;
    mohs::Triplets<mohs::Cosine> triplets;
    triplets.add({1, 2, 3}, 4, 5);
    triplets.report.anchors = 77;
    for (const Index size : {200, 7, 0, 90}) {
        const reference::Owned<float> owned(reference::clustered(size, 6)), gallery(reference::clustered(50, 6, 73));
        miner(owned.batch(), workspace, triplets);
        const auto expected = miner(owned.batch());
        CHECK(mining::same_triplets(triplets, expected));
        CHECK(triplets.report.anchors == size);
        CHECK(triplets.report.positive.count == expected.size());
        miner(owned.batch(), gallery.batch(), workspace, triplets);
        CHECK(mining::same_triplets(triplets, miner(owned.batch(), gallery.batch())));
    }
}

TEST_CASE("shuffling the rows shuffles the triplets")
{
    const Data data = reference::clustered(150, 8);
    const std::vector<Index> order = reference::shuffled_rows(150, 74);
    const reference::Owned<float> owned(data), shuffled(reference::permuted(data, order));
    // Cosine packs every row on its own, so scores keep their bits.
    const Miner<mohs::Cosine> miner{{}, {}, {}};
    const auto before = miner(owned.batch()), after = miner(shuffled.batch());
    std::vector<mohs::Triplet> expected(before.begin(), before.end()), found;
    for (const mohs::Triplet triplet : after) {
        const auto row = [&](Index i) { return order[static_cast<std::size_t>(i)]; };
        found.push_back({row(triplet.anchor), row(triplet.positive), row(triplet.negative)});
    }
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.anchor < b.anchor; });
    CHECK(found == expected);
}

TEST_CASE("multiplying all rows by a power of two keeps every triplet", "[raises]")
{
    // Such products are exact, so not even a tie may be broken differently. Squares of the largest and smallest rows do
    // not fit their type.
    const Data data = reference::clustered(90, 7);
    const auto check = [&](auto metric, const auto& rows, auto factor) {
        const Miner<decltype(metric)> miner{{}, {}, {}};
        const auto scaled = (rows * factor).eval();
        const auto before = miner(mohs::Batch(rows, data.labels)), after = miner(mohs::Batch(scaled, data.labels));
        INFO(decltype(metric)::name << " of rows times " << factor);
        CHECK(after.size() == 90);
        CHECK(after.positives() == before.positives());
        CHECK(after.negatives() == before.negatives());
        CHECK(after.report.zero_rows == 0);
    };
    for (const float factor : {0x1p-100F, 0x1p-30F, 0x1p30F, 0x1p100F}) {
        check(mohs::Cosine{}, data.as<float>(), factor);
        check(mohs::DotProduct{}, data.as<float>(), factor);
        check(mohs::Euclidean{}, data.as<float>(), factor);
        check(mohs::Normalised<mohs::Euclidean>{}, data.as<float>(), factor);
    }
    for (const double factor : {0x1p-900, 0x1p-600, 0x1p600, 0x1p900}) {
        check(mohs::DotProduct{}, data.rows, factor);
        check(mohs::Euclidean{}, data.rows, factor);
    }
}

TEST_CASE("rotating and moving the rows keeps the triplets of a distance")
{
    reference::Generator generator(75);
    const Data data = reference::clustered(120, 6);
    const Eigen::MatrixXd rotation =
        Eigen::HouseholderQR<Eigen::MatrixXd>(reference::gaussian_rows(6, 6, generator)).householderQ();
    // Gaps between candidates are of order 1e-4 and more, rounding in double is of order 1e-13.
    const reference::Table moved = (data.rows * rotation).rowwise() + Eigen::RowVectorXd::Constant(6, 100);
    const Miner<mohs::Euclidean> miner{{}, {}, {}};
    const auto before = miner(mohs::Batch(data.rows, data.labels)), after = miner(mohs::Batch(moved, data.labels));
    CHECK(before.positives() == after.positives());
    CHECK(before.negatives() == after.negatives());
    CHECK(after.positive_values().isApprox(before.positive_values(), 1e-10));
}

TEST_CASE("values that do not fit a double are counted as overflows", "[ieee][raises]")
{
    const mohs::MatrixOf<double> rows{{1e200, 0}, {1e200, 1e200}, {-1e200, 1}, {2e199, -1e200}};
    const std::vector<int> labels{0, 0, 1, 1};
    const auto triplets = Miner<mohs::DotProduct>{{}, {}, {}}(mohs::Batch(rows, labels));
    // The ranking is right all the same: dot products in units of 1e400 are (1, -1, 0.2), (1, -1, -0.8), (-1, -1,
    // -0.2), (0.2, -0.8, -0.2).
    CHECK(triplets.positives() == mohs::IndexVector{{1, 0, 3, 2}});
    CHECK(triplets.negatives() == mohs::IndexVector{{3, 3, 0, 0}});
    CHECK(triplets.report.valid == 4);
    CHECK(triplets.report.overflows == 4);
}

TEST_CASE("a miner tells its metric")
{
    STATIC_REQUIRE(std::is_same_v<decltype(Miner<mohs::Euclidean>{{}, {}, {}}.metric()), mohs::Euclidean>);
    STATIC_REQUIRE(
        std::is_same_v<decltype(mohs::TripletMiner{mohs::Cosine{}, mohs::HardestPositive{}, mohs::HardestNegative{}}),
                       Miner<mohs::Cosine>>);
}

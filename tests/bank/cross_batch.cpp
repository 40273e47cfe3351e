// Covers bank/cross_batch_options.hpp, detail/bank/bank_checks.hpp, detail/bank/bank_content.hpp,
// detail/bank/bank_ledger.hpp, result/cross_batch_report.hpp.

#include <mohs/bank/cross_batch.hpp>

#include "../allocations.hpp"
#include "../catch.hpp"
#include "bank_model.hpp"

#include <functional>
#include <limits>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using bank_model::Model;
using bank_model::Rows;
using mohs::CrossBatchBank;
using mohs::CrossBatchOptions;
using mohs::CrossBatchReport;
using mohs::Index;
using mohs::SameSample;
using Ids = std::vector<std::int64_t>;

constexpr float no_number = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();

/// Rows of one column, whose element is the sample's number times 100 plus `version`.
Rows numbered(const Ids& ids, int version)
{
    Rows result;
    result.elements.resize(static_cast<Index>(ids.size()), 1);
    result.ids = ids;
    for (Index row = 0; row < result.elements.rows(); ++row) {
        const std::int64_t id = ids[static_cast<std::size_t>(row)];
        result.elements(row, 0) = static_cast<float>(100 * id + version);
        result.labels.push_back(id % 3);
    }
    return result;
}

/// The elements of one column, by place.
template <class Bank>
std::vector<float> elements(const Bank& bank)
{
    std::vector<float> result;
    for (Index row = 0; row < bank.rows(); ++row) {
        result.push_back(static_cast<float>(bank.batch().at(row, 0)));
    }
    return result;
}

std::string message(const std::function<void()>& call)
{
    try {
        call();
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "nothing was thrown";
}

bool mentions_step(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos && text.find("but rows were put in in step") != std::string::npos;
}

using Elements = std::vector<float>;
using Steps = std::vector<std::uint64_t>;

Steps copy(std::span<const std::uint64_t> values)
{
    return {values.begin(), values.end()};
}

}

TEST_CASE("the bank is a ring of rows")
{
    CrossBatchBank bank{1, {.capacity = 4}};
    CHECK(bank.rows() == 0);
    CHECK(bank.batch().rows() == 0);
    CHECK(bank.batch().has_labels());
    CHECK(bank.batch().has_ids());
    CHECK(bank.enqueue(numbered({0, 1, 2}, 0).batch(), 5) == CrossBatchReport{.added = 3});
    CHECK(elements(bank) == Elements{0, 100, 200});
    CHECK(bank.enqueue(numbered({3, 4, 5}, 0).batch(), 6) == CrossBatchReport{.added = 3, .overwritten = 2});
    CHECK(elements(bank) == Elements{400, 500, 200, 300});
    CHECK(copy(bank.steps()) == Steps{6, 6, 5, 6});
    CHECK(copy(bank.ages(8)) == Steps{2, 2, 3, 2});
    CHECK(bank.batch().label(1) == 2);
    CHECK(bank.batch().id(1) == 5);
}

TEST_CASE("a batch larger than the bank keeps its last rows")
{
    for (const SameSample same : {SameSample::replace, SameSample::keep}) {
        CrossBatchBank bank{1, {.capacity = 3, .same_sample = same}};
        CHECK(bank.enqueue(numbered({0, 1, 2, 3, 4, 5, 6, 7}, 0).batch(), 0) ==
              CrossBatchReport{.added = 8, .overwritten = 5});
        CHECK(elements(bank) == Elements{600, 700, 500});
        bank.enqueue(numbered({8}, 0).batch(), 0);
        CHECK(elements(bank) == Elements{600, 700, 800});
    }
}

TEST_CASE("a row of a sample that is there takes its place and is the newest")
{
    CrossBatchBank bank{1, {.capacity = 3}};
    bank.enqueue(numbered({7, 8, 9}, 0).batch(), 0);
    CHECK(bank.enqueue(numbered({7}, 1).batch(), 1) == CrossBatchReport{.added = 1, .replaced = 1});
    CHECK(elements(bank) == Elements{701, 800, 900});
    CHECK(copy(bank.ages(1)) == Steps{0, 1, 1});
    bank.enqueue(numbered({4, 5}, 1).batch(), 2);
    CHECK(elements(bank) == Elements{701, 401, 501});
    // Twice in one batch: the later one stays.
    Rows twice = numbered({6, 6}, 2);
    twice.elements(1, 0) = 603;
    CHECK(bank.enqueue(twice.batch(), 3) == CrossBatchReport{.added = 2, .replaced = 1, .overwritten = 1});
    CHECK(elements(bank) == Elements{603, 401, 501});
}

TEST_CASE("all rows of a sample are kept where that is wanted")
{
    CrossBatchBank bank{1, {.capacity = 4, .same_sample = SameSample::keep}};
    bank.enqueue(numbered({7, 8, 7}, 0).batch(), 0);
    CHECK(bank.enqueue(numbered({7}, 1).batch(), 1) == CrossBatchReport{.added = 1});
    CHECK(elements(bank) == Elements{700, 800, 700, 701});
}

TEST_CASE("rows that are not finite or of unknown class are left out and spoil nothing", "[ieee]")
{
    CrossBatchBank bank{1, {.capacity = 4}};
    bank.enqueue(numbered({1, 2, 3}, 0).batch(), 0);
    Rows bad = numbered({1, 2, 5}, 1);
    bad.elements << no_number, 201, -infinity;
    CHECK(bank.enqueue(bad.batch(), 1) == CrossBatchReport{.added = 1, .replaced = 1, .non_finite = 2});
    CHECK(elements(bank) == Elements{100, 201, 300});
    Rows unknown = numbered({6, 7}, 2);
    unknown.labels[0] = -1;
    CHECK(bank.enqueue(unknown.batch().with_unknown_label(-1), 2) == CrossBatchReport{.added = 1, .unknown = 1});
    CHECK(elements(bank) == Elements{100, 201, 300, 702});
}

TEST_CASE("16-bit banks take float rows and leave out what overflows", "[ieee][raises]")
{
    CrossBatchBank<Eigen::half> bank{1, {.capacity = 4}};
    Rows rows = numbered({1, 2, 3}, 0);
    rows.elements << 0.1F, 70000, -65504;
    CHECK(bank.enqueue(rows.batch(), 0) == CrossBatchReport{.added = 2, .non_finite = 1});
    CHECK(elements(bank) == Elements{static_cast<float>(Eigen::half(0.1F)), -65504});
    CrossBatchBank<float> wide{1};
    wide.enqueue(bank.batch(), 0);
    CHECK(elements(wide) == elements(bank));
    CrossBatchBank<Eigen::bfloat16> brain{1};
    brain.enqueue(rows.batch(), 0);
    CHECK(brain.rows() == 3);
}

TEST_CASE("rows that are too old are dropped and the last ones fill the gaps")
{
    CrossBatchBank bank{1, {.capacity = 8, .oldest = 2}};
    bank.enqueue(numbered({0, 1}, 0).batch(), 10);
    bank.enqueue(numbered({2}, 0).batch(), 11);
    bank.enqueue(numbered({3}, 0).batch(), 12);
    CHECK(bank.batch(12).rows() == 4);
    bank.enqueue(numbered({0}, 1).batch(), 12);
    CHECK(bank.batch(13).rows() == 3);  // sample 1 is gone; sample 0 came again
    CHECK(elements(bank) == Elements{1, 300, 200});
    CHECK(bank.enqueue(numbered({4}, 0).batch(), 14) == CrossBatchReport{.added = 1, .expired = 1});
    CHECK(elements(bank) == Elements{1, 300, 400});
    CHECK(bank.batch(100).rows() == 0);
    CHECK(bank.enqueue(numbered({4}, 1).batch(), 100) == CrossBatchReport{.added = 1});
}

TEST_CASE("a bank is ready only where the batch of the step has rows")
{
    CrossBatchBank bank{1, {.capacity = 4, .warm_up = 11, .oldest = 2}};
    CHECK(!bank.ready(100));
    bank.enqueue(numbered({1}, 0).batch(), 9);
    bank.enqueue(numbered({2}, 0).batch(), 10);
    CHECK(!bank.ready(10));
    CHECK(bank.ready(11));
    CHECK(bank.ready(12));
    CHECK(!bank.ready(13));
    CHECK(!bank.ready(100));
    CHECK(bank.rows() == 2);  // asking drops nothing
    CHECK(bank.batch(12).rows() == 1);
    CHECK(bank.ready(12));
    CHECK(bank.batch(100).rows() == 0);
    CHECK(!bank.ready(100));
    CHECK(mentions_step(message([&] { static_cast<void>(bank.ready(9)); }), "ready in step 9"));
}

TEST_CASE("a reference set that diverged is not taken and stays due", "[ieee]")
{
    CrossBatchBank bank{1, {.capacity = 4, .refresh = 5}};
    bank.renew(numbered({1, 2}, 0).batch(), 0);
    bank.enqueue(numbered({3}, 1).batch(), 4);
    Rows diverged = numbered({1, 2, 3, 4}, 2);
    diverged.elements.setConstant(no_number);
    CHECK(bank.due(5));
    CHECK(bank.renew(diverged.batch(), 5) == CrossBatchReport{.non_finite = 4});
    CHECK(elements(bank) == Elements{100, 200, 301});
    CHECK(copy(bank.steps()) == Steps{0, 0, 4});
    CHECK(bank.due(5));
    CHECK(bank.due(6));
    Rows unknown = numbered({1, 2}, 2);
    unknown.labels = {-1, -1};
    CHECK(bank.renew(unknown.batch().with_unknown_label(-1), 6) == CrossBatchReport{.unknown = 2});
    CHECK(bank.renew(numbered({}, 2).batch(), 6) == CrossBatchReport{});
    CHECK(elements(bank) == Elements{100, 200, 301});
    CHECK(bank.due(6));
    // One row that is finite makes it a reference set.
    diverged.elements(2, 0) = 302;
    CHECK(bank.renew(diverged.batch(), 7) == CrossBatchReport{.added = 1, .non_finite = 3});
    CHECK(elements(bank) == Elements{302});
    CHECK(!bank.due(11));
    CHECK(bank.due(12));
}

TEST_CASE("warm-up and refresh say when")
{
    CrossBatchBank bank{1, {.capacity = 4, .warm_up = 10, .refresh = 25}};
    CHECK(!bank.ready(10));
    bank.enqueue(numbered({1}, 0).batch(), 3);
    CHECK(!bank.ready(9));
    CHECK(bank.ready(10));
    CHECK(!bank.due(9));
    CHECK(bank.due(10));
    CHECK(bank.due(12));
    CHECK(bank.renew(numbered({2, 3}, 0).batch(), 12) == CrossBatchReport{.added = 2});
    CHECK(elements(bank) == Elements{200, 300});
    bank.enqueue(numbered({4}, 0).batch(), 13);
    CHECK(!bank.due(13));
    CHECK(!bank.due(36));
    CHECK(bank.due(37));
    CHECK(bank.due(1000));
    bank.clear();
    CHECK(bank.rows() == 0);
    CHECK(bank.due(10));
    CHECK(!CrossBatchBank{1}.due(0));
    CHECK(CrossBatchBank{1}.options().capacity == 8192);
    std::map<std::string, double> entries;
    bank.enqueue(numbered({1, 1}, 0).batch(), 0).for_each([&](const char* name, double value) {
        entries[name] = value;
    });
    CHECK(entries ==
          std::map<std::string, double>{
              {"added", 2}, {"replaced", 1}, {"overwritten", 0}, {"expired", 0}, {"non_finite", 0}, {"unknown", 0}});
}

TEST_CASE("a bank refuses what makes no sense and stays as it was")
{
    CHECK(message([] { CrossBatchBank{0}; }) == "mohs::CrossBatchBank: dimension is 0, but must be at least 1");
    CHECK(message([] {
              CrossBatchBank{4, {.capacity = 0}};
          }) == "mohs::CrossBatchBank: capacity is 0, but must be at least 1, and at most 2^31 - 64");
    CHECK(message([] {
              CrossBatchBank{1, {.capacity = Index{1} << 31}};
          }).find("is 2.14748365e+09") != std::string::npos);
    CrossBatchBank bank{1, {.capacity = 4, .refresh = 1}};
    const Rows rows = numbered({1, 2}, 0);
    bank.enqueue(rows.batch(), 7);
    const mohs::Batch plain(rows.elements), labelled(rows.elements, rows.labels);
    CHECK(
        message([&] { bank.enqueue(plain.with_ids(rows.ids), 8); }) ==
        "mohs::CrossBatchBank: the batch has no labels: where there are no classes, its sample ids can be its labels");
    CHECK(
        message([&] { bank.renew(labelled, 8); }) ==
        "mohs::CrossBatchBank: the batch has no sample ids, by which rows are told from candidates that show the same "
        "sample: batch.with_ids(numbers)");
    const mohs::Matrix wide(2, 3);
    CHECK(message([&] { bank.enqueue(mohs::Batch(wide, rows.labels).with_ids(rows.ids), 8); }) ==
          "mohs::CrossBatchBank: the batch has 3 columns but the bank 1");
    CHECK(message([&] { bank.enqueue(bank.batch(), 8); }) ==
          "mohs::CrossBatchBank: the batch is a view of this bank's own rows");
    const std::string back =
        " in step 6, but rows were put in in step 7: steps are those of the whole training, not of "
        "an epoch";
    CHECK(message([&] { bank.enqueue(rows.batch(), 6); }) == "mohs::CrossBatchBank: enqueue" + back);
    CHECK(message([&] { bank.renew(rows.batch(), 6); }) == "mohs::CrossBatchBank: renew" + back);
    CHECK(message([&] { static_cast<void>(bank.batch(6)); }) == "mohs::CrossBatchBank: batch" + back);
    CHECK(message([&] { static_cast<void>(bank.ages(6)); }) == "mohs::CrossBatchBank: ages" + back);
    CHECK(message([&] { static_cast<void>(bank.due(6)); }) == "mohs::CrossBatchBank: due" + back);
    CHECK(message([&] { static_cast<void>(bank.ready(6)); }) == "mohs::CrossBatchBank: ready" + back);
    CHECK(elements(bank) == Elements{100, 200});
    CHECK(copy(bank.steps()) == Steps{7, 7});
}

TEST_CASE("random calls do what a list of rows does", "[ieee]")
{
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        bank_model::Random random(seed);
        const CrossBatchOptions options = random.options();
        CrossBatchBank bank{bank_model::dimension, options};
        Model model(options);
        std::uint64_t step = 0;
        for (int call = 0; call < 80; ++call) {
            step += random.below(3);
            INFO("seed " << seed << ", call " << call << ", step " << step);
            const Rows rows = random.rows();
            switch (random.below(8)) {
                case 0: REQUIRE(bank.renew(rows.batch(), step) == model.renew(rows, step)); break;
                case 1: {
                    REQUIRE(bank.ready(step) == (step >= options.warm_up && model.has_rows(step)));
                    const Index shown = bank.batch(step).rows();
                    model.drop_older(step);
                    REQUIRE(shown == bank.rows());
                    break;
                }
                default: REQUIRE(bank.enqueue(rows.batch(), step) == model.enqueue(rows, step));
            }
            REQUIRE(bank_model::same(bank, model));
        }
    }
}

TEST_CASE("a bank allocates when it is made and never again")
{
    CrossBatchBank bank{bank_model::dimension, {.capacity = 20, .oldest = 3}};
    bank_model::Random random(3);
    std::vector<Rows> batches;
    for (int number = 0; number < 50; ++number) {
        batches.push_back(random.rows());
    }
    std::uint64_t step = 0;
    const std::size_t before = allocations::count();
    for (const Rows& rows : batches) {
        ++step;
        bank.enqueue(rows.batch(), step);
        static_cast<void>(bank.batch(step));
        static_cast<void>(bank.ages(step));
        if (step % 7 == 0) {
            bank.renew(rows.batch(), step);
        }
    }
    CHECK(allocations::count() == before);
}

TEST_CASE("a copy is a snapshot that goes on by itself")
{
    bank_model::Random random(4);
    CrossBatchBank bank{bank_model::dimension, {.capacity = 10}};
    Model model(bank.options());
    const Rows first = random.rows(), second = random.rows();
    bank.enqueue(first.batch(), 1);
    model.enqueue(first, 1);
    CrossBatchBank copied = bank;
    bank.enqueue(second.batch(), 2);
    CHECK(bank_model::same(copied, model));
    copied.enqueue(second.batch(), 2);
    model.enqueue(second, 2);
    CHECK(bank_model::same(copied, model));
    CHECK(bank_model::same(bank, model));
}

#include <mohs/review/review_queue.hpp>
// mohs/review/rank_records.hpp, mohs/review/review_record.hpp, mohs/result/suspects.hpp

#include "../catch.hpp"

#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <set>
#include <tuple>

namespace {

using mohs::Batch;
using mohs::ReviewId;
using mohs::ReviewQueue;
using mohs::ReviewRecord;
using mohs::ReviewSubject;
using mohs::Suspect;
using mohs::Suspects;
using mohs::Suspicion;

const mohs::Matrix six_rows = mohs::Matrix::Zero(6, 2);
const std::vector<std::int64_t> six_ids{100, 101, 102, 103, 104, 105};

Batch<float> six()
{
    return Batch{six_rows}.with_ids(six_ids);
}

std::vector<std::int64_t> anchors_of(const ReviewQueue& queue)
{
    std::vector<std::int64_t> result;
    for (const ReviewRecord& record : queue.ranked()) {
        result.push_back(record.subject.anchor);
    }
    return result;
}

std::string message_of(const std::function<void()>& act)
{
    try {
        act();
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "nothing was thrown";
}

/// All that can be read from a queue.
std::string written(const ReviewQueue& queue)
{
    std::string result = queue.id().text();
    for (const ReviewRecord& record : queue.ranked()) {
        result += "\n" + record.id().text() + " " + std::to_string(static_cast<int>(record.of)) + " " +
                  record.subject.text() + " " + (record.positive ? std::to_string(*record.positive) : "-") + " " +
                  std::to_string(record.score);
        for (const auto& reason : record.reasons) {
            result += " " + reason.name + " " + std::to_string(reason.score);
        }
    }
    return result;
}

}

TEST_CASE("the bits of an id are 16 hexadecimal digits, and nothing else is an id")
{
    CHECK(ReviewId{0}.text() == "0000000000000000");
    CHECK(ReviewId{0x0123456789abcdefU}.text() == "0123456789abcdef");
    CHECK(ReviewId::parse("0123456789abcdef") == ReviewId{0x0123456789abcdefU});
    CHECK(ReviewId::parse("0123456789ABCDEF") == ReviewId{0x0123456789abcdefU});
    for (const char* bad : {"", "0", "0123456789abcdef0", "0123456789abcdeg", "0x23456789abcdef", "-123456789abcdef"}) {
        INFO(bad);
        CHECK(!ReviewId::parse(bad));
    }
    CHECK(!ReviewId::parse(std::string_view("0123456789abcde\0", 16)));
}

TEST_CASE("record ids are hashes of what is asked, by the mixing function of SplitMix64")
{
    // The first output of SplitMix64 with seed 0, as published.
    CHECK(mohs::detail::split_mix(0) == 0xe220a8397b1dcdafU);
    const auto h = [](std::uint64_t word) { return mohs::detail::split_mix(word); };
    CHECK(ReviewSubject{.anchor = 7, .candidate = {}}.id() == ReviewId{h(h(1) ^ 7)});
    CHECK(ReviewSubject{.anchor = 7, .candidate = 3}.id() == ReviewId{h(h(h(2) ^ 3) ^ 7)});
    // A negative id is its two's complement, and smaller than 3.
    CHECK(ReviewSubject{.anchor = 3, .candidate = -1}.id() == ReviewId{h(h(h(2) ^ ~std::uint64_t{0}) ^ 3)});
    CHECK(ReviewSubject{.anchor = 7, .candidate = 3, .is_ordered = true}.id() == ReviewId{h(h(h(3) ^ 7) ^ 3)});
    // As files have them that were written before.
    CHECK(ReviewSubject{.anchor = 7, .candidate = {}}.id().text() == "7716da39cba275b2");
    CHECK(ReviewSubject{.anchor = 3, .candidate = 5}.id().text() == "b3b14f8d257d4fad");
}

TEST_CASE("a pair has one id whichever row is the anchor; labels, pairs and samples are told apart")
{
    std::set<ReviewId> ids;
    std::size_t asked = 0;
    for (std::int64_t a = -20; a < 20; ++a) {
        ids.insert(ReviewSubject{a, {}}.id());
        ++asked;
        for (std::int64_t b = a + 1; b < 20; ++b) {
            CHECK(ReviewSubject{a, b}.id() == ReviewSubject{b, a}.id());
            ids.insert(ReviewSubject{a, b}.id());
            ++asked;
        }
        // Ordered pairs have one each way, and there is one of equal ids.
        for (std::int64_t b = -20; b < 20; ++b) {
            ids.insert(ReviewSubject{a, b, true}.id());
            ++asked;
        }
    }
    CHECK(ids.size() == asked);
}

TEST_CASE("records have sample ids, and do not depend on rows, batches and their order")
{
    ReviewQueue forward, backward;
    forward.add(
        {{.of = Suspicion::negative, .anchor = 0, .candidate = 3, .positive = 1, .score = 0.5, .reason = "twin"},
         {.of = Suspicion::label, .anchor = 2, .score = 0.25, .reason = "neighbours"}},
        six());
    const std::vector<std::int64_t> reversed{105, 104, 103, 102, 101, 100};
    const Batch other = Batch{six_rows}.with_ids(reversed);
    backward.add({{.of = Suspicion::label, .anchor = 3, .score = 0.25, .reason = "neighbours"}}, other);
    backward.add(
        {{.of = Suspicion::negative, .anchor = 5, .candidate = 2, .positive = 4, .score = 0.5, .reason = "twin"}},
        other);
    CHECK(written(forward) == written(backward));
    const auto ranked = forward.ranked();
    REQUIRE(ranked.size() == 2);
    const ReviewRecord& pair = ranked[0];
    CHECK(pair == ReviewRecord{Suspicion::negative, {100, 103}, 101, 0.5, {{"twin", 0.5}}});
    const ReviewRecord& label = ranked[1];
    CHECK(label == ReviewRecord{Suspicion::label, {102, {}}, {}, 0.25, {{"neighbours", 0.25}}});
}

TEST_CASE("the most suspicious record is first, and ties go by id")
{
    ReviewQueue queue;
    Suspects suspects;
    for (mohs::Index row = 0; row < 6; ++row) {
        suspects.push_back({.of = Suspicion::label, .anchor = row, .score = row == 4 ? 2.0 : 1.0, .reason = "judge"});
    }
    queue.add(suspects, six());
    std::vector<std::int64_t> tied{100, 101, 102, 103, 105};
    std::sort(tied.begin(), tied.end(), [](std::int64_t a, std::int64_t b) {
        return ReviewSubject{a, {}}.id() < ReviewSubject{b, {}}.id();
    });
    tied.insert(tied.begin(), 104);
    CHECK(anchors_of(queue) == tied);
    const auto first = queue.ranked(2);
    REQUIRE(first.size() == 2);
    CHECK(first[1].get().subject.anchor == tied[1]);
    CHECK(queue.ranked(0).empty());
    CHECK(queue.ranked(-1).empty());
    CHECK(queue.ranked(100).size() == 6);
}

TEST_CASE("scores are compared within a reason, and reasons take turns")
{
    // Distances, shares and similarities: any order-preserving change of the scores of one reason changes nothing but
    // who of equal places comes first.
    const auto record = [](std::int64_t anchor, std::vector<mohs::ReviewReason> reasons) {
        return ReviewRecord{Suspicion::label, {anchor, {}}, {}, 0, std::move(reasons)};
    };
    for (const double scale : {1.0, 1e-6, 1e6}) {
        ReviewQueue queue;
        queue.add(record(1, {{"distance", -9 * scale}}));
        queue.add(record(2, {{"distance", -8 * scale}}));
        queue.add(record(3, {{"distance", -7 * scale}, {"share", 0.1}}));
        queue.add(record(4, {{"share", 0.9}}));
        queue.add(record(5, {{"share", 0.8}}));
        queue.add(record(6, {{"share", 0.7}}));
        // Distance: 3, 2, 1; share: 4, 5, 6, 3.
        const std::vector<std::int64_t> all = anchors_of(queue);
        CHECK(std::set(all.begin(), all.begin() + 2) == std::set<std::int64_t>{3, 4});
        CHECK(std::set(all.begin() + 2, all.begin() + 4) == std::set<std::int64_t>{2, 5});
        CHECK(std::set(all.begin() + 4, all.end()) == std::set<std::int64_t>{1, 6});
        for (mohs::Index count = 0; count <= 7; ++count) {
            std::vector<std::int64_t> first;
            for (const ReviewRecord& each : queue.ranked(count)) {
                first.push_back(each.subject.anchor);
            }
            CHECK(first == std::vector(all.begin(), all.begin() + std::min<mohs::Index>(count, 6)));
        }
    }
}

TEST_CASE("the order of any queue is that of its definition")
{
    std::mt19937 random(4);
    const std::vector<std::string> names{"a", "b", "c"};
    for (int round = 0; round < 20; ++round) {
        ReviewQueue queue;
        std::vector<ReviewRecord> records;
        const auto size = static_cast<std::int64_t>(1 + random() % 40);
        for (std::int64_t anchor = 0; anchor < size; ++anchor) {
            ReviewRecord record{Suspicion::label, {anchor, {}}, {}, -1, {}};
            for (std::size_t i = 0; i < 3; ++i) {
                if (random() % 2 == 0 || (i == 2 && record.reasons.empty())) {
                    record.reasons.push_back({names[i], static_cast<double>(random() % 8)});
                    record.score = std::max(record.score, record.reasons.back().score);
                }
            }
            queue.add(record);
            records.push_back(record);
        }
        const auto place = [&](const ReviewRecord& record) {
            std::size_t best = records.size();
            for (const auto& reason : record.reasons) {
                std::size_t ahead = 0;
                for (const ReviewRecord& other : records) {
                    for (const auto& their : other.reasons) {
                        ahead +=
                            their.name == reason.name &&
                            (their.score > reason.score || (their.score == reason.score && other.id() < record.id()));
                    }
                }
                best = std::min(best, ahead);
            }
            return best;
        };
        std::map<ReviewId, std::size_t> places;
        for (const ReviewRecord& record : records) {
            places[record.id()] = place(record);
        }
        std::sort(records.begin(), records.end(), [&](const ReviewRecord& a, const ReviewRecord& b) {
            return std::tuple(places[a.id()], -a.score, a.id()) < std::tuple(places[b.id()], -b.score, b.id());
        });
        for (const mohs::Index count :
             {mohs::Index{0}, mohs::Index{1}, static_cast<mohs::Index>(size / 2), mohs::Index{99}}) {
            const auto ranked = queue.ranked(count);
            REQUIRE(ranked.size() == std::min(records.size(), static_cast<std::size_t>(count)));
            for (std::size_t i = 0; i < ranked.size(); ++i) {
                CHECK(ranked[i].get() == records[i]);
            }
        }
    }
}

TEST_CASE("several filters and judges merge into one record, the most suspicious speaks for it")
{
    const Suspects suspects{
        {.of = Suspicion::negative, .anchor = 0, .candidate = 3, .positive = 1, .score = 0.5, .reason = "twin"},
        {.of = Suspicion::negative, .anchor = 0, .candidate = 3, .positive = 2, .score = 0.7, .reason = "guide"},
        {.of = Suspicion::negative, .anchor = 3, .candidate = 0, .positive = 4, .score = 0.9, .reason = "twin"},
        {.of = Suspicion::positive, .anchor = 0, .candidate = 3, .score = 0.1, .reason = "consistency"}};
    std::vector<std::size_t> order{0, 1, 2, 3};
    std::string expected;
    do {
        ReviewQueue queue;
        for (const std::size_t each : order) {
            queue.add({suspects[each]}, six());
        }
        REQUIRE(queue.size() == 1);
        const auto ranked = queue.ranked();
        const ReviewRecord& record = ranked[0];
        CHECK(record ==
              ReviewRecord{
                  Suspicion::negative, {103, 100}, 104, 0.9, {{"consistency", 0.1}, {"guide", 0.7}, {"twin", 0.9}}});
        expected = expected.empty() ? written(queue) : expected;
        CHECK(written(queue) == expected);
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("of equally suspicious ones the order does not decide")
{
    const Suspects suspects{
        {.of = Suspicion::negative, .anchor = 3, .candidate = 0, .positive = 1, .score = 0.5, .reason = "b"},
        {.of = Suspicion::negative, .anchor = 0, .candidate = 3, .score = 0.5, .reason = "a"},
        {.of = Suspicion::positive, .anchor = 0, .candidate = 3, .positive = 4, .score = 0.5, .reason = "a"},
        {.of = Suspicion::negative, .anchor = 0, .candidate = 3, .positive = 4, .score = 0.5, .reason = "a"},
        {.of = Suspicion::negative, .anchor = 0, .candidate = 3, .positive = 5, .score = 0.5, .reason = "a"}};
    std::vector<std::size_t> order{0, 1, 2, 3, 4};
    do {
        ReviewQueue queue;
        for (const std::size_t each : order) {
            queue.add({suspects[each]}, six());
        }
        const auto ranked = queue.ranked();
        REQUIRE(ranked.size() == 1);
        const ReviewRecord& record = ranked[0];
        CHECK(record == ReviewRecord{Suspicion::negative, {100, 103}, 104, 0.5, {{"a", 0.5}, {"b", 0.5}}});
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("the id of a queue says which records there are, not in which order they came or how suspicious they are")
{
    ReviewQueue one, two, three;
    const Suspect a{.of = Suspicion::label, .anchor = 0, .score = 1, .reason = "judge"};
    Suspect b{.of = Suspicion::negative, .anchor = 0, .candidate = 1, .score = 2, .reason = "judge"};
    one.add({a, b}, six());
    two.add({b, a, a}, six());
    CHECK(one.id() == two.id());
    b.score = 3;
    two.add({b}, six());
    CHECK(one.id() == two.id());
    three.add({a}, six());
    CHECK(one.id() != three.id());
    CHECK(ReviewQueue{}.id() != three.id());
    CHECK(ReviewQueue{}.id() == ReviewQueue{}.id());
}

TEST_CASE("anchors and candidates of two batches are found by their own ids")
{
    const mohs::Matrix two_rows = mohs::Matrix::Zero(2, 2);
    const std::vector<std::int64_t> two_ids{7, 8};
    const Batch queries = Batch{two_rows}.with_ids(two_ids);
    ReviewQueue queue;
    queue.add({{.of = Suspicion::negative, .anchor = 1, .candidate = 5, .positive = 4, .score = 1, .reason = "twin"}},
              queries, six());
    const ReviewRecord* record = queue.find(ReviewSubject{8, 105, true}.id());
    REQUIRE(record != nullptr);
    CHECK(record->subject == ReviewSubject{8, 105, true});
    CHECK(record->subject.text() == "pair of anchor 8 and candidate 105");
    CHECK(queue.find(ReviewSubject{8, 105}.id()) == nullptr);
    CHECK(queue.find(ReviewSubject{105, 8, true}.id()) == nullptr);
    CHECK(record->positive == 104);
    CHECK(queue.find(ReviewId{1}) == nullptr);

    const Batch unnamed{two_rows};
    const Suspects pair{{.of = Suspicion::negative, .anchor = 1, .candidate = 5, .score = 1, .reason = "twin"}};
    const Suspects label{{.of = Suspicion::label, .anchor = 1, .score = 1, .reason = "judge"}};
    CHECK_THROWS_AS(queue.add(pair, unnamed, six()), std::invalid_argument);
    CHECK_THROWS_AS(queue.add(pair, queries, Batch{six_rows}), std::invalid_argument);
    CHECK_NOTHROW(queue.add(label, unnamed, six()));
    CHECK_NOTHROW(queue.add(pair, Batch{six_rows}));
}

TEST_CASE("scores that are not finite are refused, with the name of the record")
{
    for (const double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
                             -std::numeric_limits<double>::infinity()}) {
        ReviewQueue queue;
        const std::string message = message_of([&] {
            queue.add({{.of = Suspicion::negative, .anchor = 0, .candidate = 3, .score = bad, .reason = "twin"}},
                      six());
        });
        INFO(message);
        CHECK(message.find(ReviewSubject{100, 103}.id().text()) != std::string::npos);
        CHECK(message.find("samples 100 and 103") != std::string::npos);
        CHECK(message.find("twin") != std::string::npos);
        CHECK(queue.empty());
    }
}

TEST_CASE("rows that are not there, pairs of one sample and records without sense are refused")
{
    ReviewQueue queue;
    const auto add = [&](const Suspect& suspect) { queue.add({suspect}, six()); };
    CHECK_THROWS_AS(add({.of = Suspicion::label, .anchor = 6, .reason = "judge"}), std::out_of_range);
    CHECK_THROWS_AS(add({.of = Suspicion::label, .anchor = -1, .reason = "judge"}), std::out_of_range);
    CHECK_THROWS_AS(add({.of = Suspicion::negative, .anchor = 0, .candidate = -1, .reason = "twin"}),
                    std::out_of_range);
    CHECK_THROWS_AS(add({.of = Suspicion::negative, .anchor = 0, .candidate = 6, .reason = "twin"}), std::out_of_range);
    CHECK_THROWS_AS(add({.of = Suspicion::negative, .anchor = 0, .candidate = 1, .positive = 6, .reason = "twin"}),
                    std::out_of_range);
    CHECK_THROWS_AS(add({.of = Suspicion::positive, .anchor = 2, .candidate = 2, .reason = "twin"}),
                    std::invalid_argument);
    CHECK_THROWS_AS(queue.add(ReviewRecord{Suspicion::label, {1, 2}, {}, 0, {{"judge", 0}}}), std::invalid_argument);
    CHECK_THROWS_AS(queue.add(ReviewRecord{Suspicion::label, {1, {}, true}, {}, 0, {{"judge", 0}}}),
                    std::invalid_argument);
    CHECK_THROWS_AS(queue.add(ReviewRecord{Suspicion::negative, {1, {}}, {}, 0, {{"judge", 0}}}),
                    std::invalid_argument);
    CHECK_THROWS_AS(queue.add(ReviewRecord{Suspicion::negative, {1, 2}, {}, 0, {}}), std::invalid_argument);
    CHECK(queue.empty());
}

TEST_CASE("an empty batch has no suspects, and an empty queue no records")
{
    const mohs::Matrix none = mohs::Matrix::Zero(0, 2);
    ReviewQueue queue;
    queue.add({}, Batch{none});
    queue.add({}, Batch{none}, Batch{none});
    CHECK(queue.empty());
    CHECK(queue.ranked().empty());
}

TEST_CASE("what is decided leaves the queue")
{
    struct Odd {
        [[nodiscard]] bool decides(ReviewId id) const { return id.bits % 2 == 1; }
    };
    ReviewQueue queue;
    Suspects suspects;
    for (mohs::Index row = 0; row < 6; ++row) {
        suspects.push_back({.of = Suspicion::label, .anchor = row, .score = 1, .reason = "judge"});
    }
    queue.add(suspects, six());
    const ReviewQueue left = queue.without(Odd{});
    std::vector<std::int64_t> expected;
    for (const std::int64_t anchor : anchors_of(queue)) {
        if (ReviewSubject{anchor, {}}.id().bits % 2 == 0) {
            expected.push_back(anchor);
        }
    }
    CHECK(expected.size() < 6);
    CHECK(anchors_of(left) == expected);
}

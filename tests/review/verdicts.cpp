#include <mohs/review/verdicts.hpp>
// mohs/review/verdict.hpp, mohs/review/verdict_report.hpp, mohs/review/votes.hpp

#include "../catch.hpp"

#include <map>
#include <random>
#include <set>

namespace {

using mohs::AnnotatorKind;
using mohs::Answer;
using mohs::Batch;
using mohs::ReviewId;
using mohs::ReviewQueue;
using mohs::ReviewSubject;
using mohs::Role;
using mohs::Suspicion;
using mohs::Verdict;
using mohs::VerdictReport;
using mohs::Verdicts;

constexpr Answer positive = Answer::positive, negative = Answer::negative, skip = Answer::skip;

mohs::ReviewTime second(std::int64_t seconds)
{
    return mohs::ReviewTime{std::chrono::seconds{seconds}};
}

Verdict verdict(std::uint64_t record, Answer answer, std::string annotator, std::int64_t time = 0,
                AnnotatorKind kind = AnnotatorKind::person)
{
    return {.record = {record},
            .answer = answer,
            .annotator = std::move(annotator),
            .annotator_kind = kind,
            .time = second(time)};
}

Verdict about(const ReviewSubject& subject, Answer answer, std::string annotator = "a")
{
    return {.record = subject.id(), .answer = answer, .annotator = std::move(annotator), .subject = subject};
}

std::vector<double> counts(const VerdictReport& report)
{
    std::vector<double> result;
    report.for_each([&](const char*, double value) { result.push_back(value); });
    return result;
}

/// By definition: each annotator's answer of the latest time, if it is one; then the majority.
Answer decided(const std::vector<Verdict>& verdicts, ReviewId record, mohs::VerdictRules rules)
{
    std::map<std::pair<std::string, AnnotatorKind>, mohs::ReviewTime> latest;
    for (const Verdict& each : verdicts) {
        if (each.record == record) {
            auto& time = latest.try_emplace({each.annotator, each.annotator_kind}, each.time).first->second;
            time = std::max(time, each.time);
        }
    }
    mohs::Index votes[3] = {};
    for (const auto& [annotator, time] : latest) {
        std::set<Answer> answers;
        for (const Verdict& each : verdicts) {
            if (each.record == record && each.annotator == annotator.first && each.annotator_kind == annotator.second &&
                each.time == time) {
                answers.insert(each.answer);
            }
        }
        if (answers.size() == 1 && (rules.models || annotator.second == AnnotatorKind::person)) {
            ++votes[static_cast<int>(*answers.begin())];
        }
    }
    return votes[0] == votes[1] || std::max(votes[0], votes[1]) < rules.least ? skip
           : votes[0] > votes[1]                                              ? positive
                                                                              : negative;
}

}

TEST_CASE("a majority decides, ties and skips stay open")
{
    Verdicts verdicts;
    verdicts.add(verdict(1, positive, "a"));
    CHECK(verdicts.answer({1}) == positive);
    verdicts.add(verdict(1, negative, "b"));
    CHECK(verdicts.answer({1}) == skip);
    CHECK(!verdicts.decides({1}));
    verdicts.add(verdict(1, negative, "c"));
    CHECK(verdicts.answer({1}) == negative);
    CHECK(verdicts.decides({1}));
    verdicts.add(verdict(1, skip, "d"));
    CHECK(verdicts.answer({1}) == negative);
    verdicts.add(verdict(2, skip, "a"));
    verdicts.add(verdict(2, skip, "b"));
    CHECK(verdicts.answer({2}) == skip);
    verdicts.add(verdict(4, positive, "a"));
    verdicts.add(verdict(4, negative, "b"));
    CHECK(verdicts.answer({4}) == skip);
    CHECK(verdicts.answer({3}) == skip);
    CHECK(verdicts.all().size() == 8);
    const VerdictReport report = verdicts.report();
    CHECK(report.negative == 1);
    CHECK(report.tied == 1);
    CHECK(report.skipped == 1);
    CHECK(report.positive + report.too_few == 0);
}

TEST_CASE("the latest of conflicting verdicts of one annotator counts, and is reported")
{
    Verdicts verdicts;
    verdicts.add(verdict(1, negative, "a", 20));
    verdicts.add(verdict(1, positive, "a", 10));
    CHECK(verdicts.answer({1}) == negative);
    // Whoever skips first and answers later does not contradict herself.
    verdicts.add(verdict(2, skip, "a", 1));
    verdicts.add(verdict(2, positive, "a", 2));
    CHECK(verdicts.answer({2}) == positive);
    // An answer can be taken back.
    verdicts.add(verdict(3, positive, "a", 1));
    verdicts.add(verdict(3, skip, "a", 2));
    CHECK(verdicts.answer({3}) == skip);
    // Nobody can tell which of two at one time was meant.
    verdicts.add(verdict(4, positive, "a", 7));
    verdicts.add(verdict(4, negative, "a", 7));
    CHECK(verdicts.answer({4}) == skip);
    const VerdictReport report = verdicts.report();
    REQUIRE(report.conflicts.size() == 2);
    CHECK(report.conflicts[0] == mohs::VerdictConflict{{1}, "a", AnnotatorKind::person, negative});
    CHECK(report.conflicts[1] == mohs::VerdictConflict{{4}, "a", AnnotatorKind::person, skip});
}

TEST_CASE("a person and a model of one name are two annotators, and models may be left out")
{
    for (const bool models : {true, false}) {
        Verdicts verdicts({.models = models});
        verdicts.add(verdict(1, positive, "a", 1));
        verdicts.add(verdict(1, negative, "a", 2, AnnotatorKind::model));
        verdicts.add(verdict(1, negative, "b", 2, AnnotatorKind::model));
        CHECK(verdicts.answer({1}) == (models ? negative : positive));
        CHECK(verdicts.report().conflicts.empty());
        CHECK(verdicts.all().size() == 3);
    }
}

TEST_CASE("a rule may ask for several votes")
{
    Verdicts verdicts({.least = 2});
    verdicts.add(verdict(1, positive, "a"));
    CHECK(verdicts.answer({1}) == skip);
    CHECK(verdicts.report().too_few == 1);
    verdicts.add(verdict(1, positive, "b"));
    CHECK(verdicts.answer({1}) == positive);
    CHECK_THROWS_AS(Verdicts({.least = 0}), std::invalid_argument);
}

TEST_CASE("verdicts that are added again count once")
{
    Verdicts verdicts;
    const std::vector<Verdict> file{verdict(1, positive, "a", 1), verdict(2, negative, "a", 2)};
    verdicts.add(file);
    verdicts.add(file);
    CHECK(verdicts.all().size() == 2);
    CHECK(verdicts.report().repeated == 2);
    CHECK(verdicts.report().verdicts == 2);
}

TEST_CASE("any verdicts in any order give what the definition says")
{
    std::mt19937 random(5);
    const auto below = [&](unsigned bound) { return static_cast<std::int64_t>(random() % bound); };
    for (int round = 0; round < 200; ++round) {
        const mohs::VerdictRules rules{.least = 1 + below(2), .models = below(2) == 0};
        std::vector<Verdict> given;
        for (int i = 0; i < 40; ++i) {
            given.push_back(verdict(static_cast<std::uint64_t>(below(5)), static_cast<Answer>(below(3)),
                                    std::string(1, static_cast<char>('a' + below(4))), below(4),
                                    static_cast<AnnotatorKind>(below(2))));
        }
        Verdicts verdicts(rules);
        verdicts.add(given);
        mohs::Index open = 0;
        for (std::uint64_t record = 0; record < 6; ++record) {
            CHECK(verdicts.answer({record}) == decided(given, {record}, rules));
            open += record < 5 && !verdicts.decides({record});
        }
        const VerdictReport report = verdicts.report();
        CHECK(report.records == report.positive + report.negative + report.tied + report.too_few + report.skipped);
        CHECK(report.verdicts + report.repeated == 40);
        CHECK(report.records == 5);
        CHECK(report.tied + report.too_few + report.skipped == open);
    }
}

TEST_CASE("verdicts on unknown records and from other queues are kept and reported")
{
    const mohs::Matrix rows = mohs::Matrix::Zero(4, 2);
    ReviewQueue queue;
    queue.add({{.of = Suspicion::label, .anchor = 0, .score = 1, .reason = "judge"},
               {.of = Suspicion::label, .anchor = 1, .score = 1, .reason = "judge"},
               {.of = Suspicion::label, .anchor = 2, .score = 1, .reason = "judge"}},
              Batch{rows});
    Verdicts verdicts;
    Verdict of_this = about({0, {}}, positive), of_another = about({9, {}}, negative);
    of_this.queue = queue.id();
    of_another.queue = ReviewId{77};
    verdicts.add(of_this);
    verdicts.add(of_another);
    verdicts.add(about({1, {}}, skip));
    const VerdictReport report = verdicts.report(queue);
    CHECK(report.unknown == std::vector<ReviewId>{ReviewSubject{9, {}}.id()});
    CHECK(report.of_other_queues == 1);
    CHECK(report.undecided == 2);
    CHECK(counts(report) == std::vector<double>{3, 0, 3, 1, 1, 0, 0, 1, 0, 2, 1, 1});
    CHECK(verdicts.all().size() == 3);
    CHECK(verdicts.answer(ReviewSubject{9, {}}.id()) == negative);

    const ReviewQueue left = queue.without(verdicts);
    CHECK(left.size() == 2);
    CHECK(left.find(ReviewSubject{0, {}}.id()) == nullptr);
}

TEST_CASE("a verdict is about what its record says")
{
    Verdicts verdicts;
    Verdict wrong = about({3, 4}, positive);
    wrong.subject = ReviewSubject{3, 5};
    CHECK_THROWS_AS(verdicts.add(wrong), std::invalid_argument);
    CHECK(verdicts.all().empty());
    CHECK(verdicts.decisions().empty());
    // Either of a pair may be called the anchor.
    wrong.subject = ReviewSubject{4, 3};
    CHECK_NOTHROW(verdicts.add(wrong));
}

TEST_CASE("verdicts that no file could give back are refused, and nothing is changed")
{
    Verdicts verdicts;
    verdicts.add(verdict(1, positive, "a"));
    const auto refused = [&](const Verdict& bad, const std::string& rule) {
        try {
            verdicts.add(bad);
        } catch (const std::invalid_argument& error) {
            return std::string(error.what()).find(rule) != std::string::npos;
        }
        return false;
    };
    CHECK(refused(verdict(2, positive, ""), "record 0000000000000002 has no annotator"));
    Verdict early = verdict(2, positive, "a"), late = early;
    early.time = mohs::earliest_review_time - std::chrono::microseconds{1};
    late.time = mohs::latest_review_time + std::chrono::microseconds{1};
    CHECK(refused(early, "outside the years 1 to 9999"));
    CHECK(refused(late, "outside the years 1 to 9999"));
    CHECK(refused(about({3, 3}, positive), "pair of samples 3 and 3, which pairs a sample with itself"));
    CHECK(refused(about({3, {}, true}, positive), "has no candidate"));
    CHECK(verdicts.all().size() == 1);
    CHECK(verdicts.decisions().size() == 1);
    CHECK(verdicts.unnamed() == 1);
    early.time = mohs::earliest_review_time;
    CHECK_NOTHROW(verdicts.add(early));
    CHECK_NOTHROW(verdicts.add(about({3, 3, true}, positive)));
    CHECK(verdicts.unnamed() == 2);
}

TEST_CASE("who has answered is not asked again, others are")
{
    const mohs::Matrix rows = mohs::Matrix::Zero(5, 2);
    ReviewQueue queue;
    for (mohs::Index row = 0; row < 5; ++row) {
        queue.add({{.of = Suspicion::label, .anchor = row, .score = 1, .reason = "judge"}}, Batch{rows});
    }
    Verdicts verdicts;
    verdicts.add(about({0, {}}, positive, "a"));  // decided
    verdicts.add(about({1, {}}, skip, "a"));
    verdicts.add(about({2, {}}, positive, "a"));  // a tie
    verdicts.add(about({2, {}}, negative, "b"));
    verdicts.add(about({3, {}}, skip, "b"));
    const auto left = [&](const mohs::Annotator& annotator) {
        std::set<std::int64_t> result;
        const ReviewQueue open = queue.without(verdicts, annotator);
        for (const mohs::ReviewRecord& record : open.ranked()) {
            result.insert(record.subject.anchor);
        }
        return result;
    };
    CHECK(left({"a"}) == std::set<std::int64_t>{3, 4});
    CHECK(left({"b"}) == std::set<std::int64_t>{1, 4});
    CHECK(left({"c"}) == std::set<std::int64_t>{1, 2, 3, 4});
    CHECK(left({"a", AnnotatorKind::model}) == std::set<std::int64_t>{1, 2, 3, 4});
    CHECK(queue.without(verdicts).size() == 4);
    CHECK(!verdicts.has_answered({123}, {"a"}));
}

TEST_CASE("verdicts learn their subjects from a queue")
{
    const mohs::Matrix rows = mohs::Matrix::Zero(4, 2);
    ReviewQueue queue;
    queue.add({{.of = Suspicion::negative, .anchor = 1, .candidate = 3, .score = 1, .reason = "twin"}}, Batch{rows});
    Verdicts verdicts;
    verdicts.add(verdict(ReviewSubject{1, 3}.id().bits, positive, "a"));
    verdicts.add(verdict(123, positive, "a"));
    verdicts.add(about({7, {}}, positive));
    CHECK(verdicts.unnamed() == 2);
    verdicts.name(queue);
    CHECK(verdicts.unnamed() == 1);
    CHECK(verdicts.decisions()[0].subject == ReviewSubject{1, 3});
    CHECK(!verdicts.decisions()[1].subject);
    // Or from another verdict.
    verdicts.add(verdict(ReviewSubject{8, {}}.id().bits, positive, "a"));
    CHECK(verdicts.unnamed() == 2);
    verdicts.add(about({8, {}}, positive, "b"));
    CHECK(verdicts.unnamed() == 1);
}

TEST_CASE("rows whose label is judged wrong are withdrawn, and judges do not withdraw those that are judged right")
{
    const mohs::Matrix rows = mohs::Matrix::Zero(6, 2);
    const std::vector<std::int64_t> ids{10, 11, 12, 12, 14, 15};
    const std::vector<Role> own{Role::any, Role::anchor, Role::any, Role::positive, Role::any, Role::negative};
    const Batch batch = Batch{rows}.with_ids(ids).with_roles(own);
    Verdicts verdicts;
    verdicts.add(about({10, {}}, negative));
    verdicts.add(about({11, {}}, positive));
    verdicts.add(about({14, {}}, skip));
    verdicts.add(about({15, 12}, negative));  // a pair, which says nothing of labels
    CHECK(verdicts.roles(batch) ==
          std::vector<Role>{Role::none, Role::anchor, Role::any, Role::positive, Role::any, Role::negative});
    const mohs::Suspects suspects{{.of = Suspicion::label, .anchor = 1, .reason = "judge"},
                                  {.of = Suspicion::label, .anchor = 4, .reason = "judge"},
                                  {.of = Suspicion::label, .anchor = 5, .reason = "judge"},
                                  {.of = Suspicion::negative, .anchor = 2, .candidate = 3, .reason = "twin"}};
    CHECK(verdicts.roles(batch, suspects) ==
          std::vector<Role>{Role::none, Role::anchor, Role::any, Role::positive, Role::none, Role::none});
    // Both rows of a sample.
    verdicts.add(about({12, {}}, negative));
    CHECK(verdicts.roles(batch) ==
          std::vector<Role>{Role::none, Role::anchor, Role::none, Role::none, Role::any, Role::negative});
    CHECK_THROWS_AS(verdicts.roles(batch, {{.of = Suspicion::label, .anchor = 6, .reason = "judge"}}),
                    std::out_of_range);
}

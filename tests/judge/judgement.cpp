#include "../catch.hpp"

#include <mohs/judge/judgement.hpp>

#include <limits>

namespace {

using mohs::Judgement;
using mohs::Opinion;
using mohs::Role;

Judgement judgement(std::initializer_list<std::pair<Opinion, double>> rows, const char* name = "test")
{
    Judgement result(name);
    for (const auto& [opinion, score] : rows) {
        result.add(opinion, score);
    }
    return result;
}

constexpr Opinion trusted = Opinion::trusted, suspect = Opinion::suspect, abstains = Opinion::abstains;

}  // namespace

TEST_CASE("a judgement withdraws its suspects, and nobody else")
{
    const Judgement judged = judgement({{trusted, 0.1}, {suspect, 0.9}, {abstains, 0}, {suspect, 0.6}});
    CHECK(judged.rows() == 4);
    CHECK(judged.count(trusted) == 1);
    CHECK(judged.count(suspect) == 2);
    CHECK(judged.count(abstains) == 1);
    const mohs::Matrix rows = mohs::Matrix::Zero(4, 2), none = mohs::Matrix::Zero(0, 2);
    const std::vector<int> labels{0, 0, 1, 1};
    const mohs::Batch batch{rows, labels};
    CHECK(judged.roles(batch) == std::vector<Role>{Role::any, Role::none, Role::any, Role::none});
    const std::vector<Role> own{Role::anchor, Role::any, Role::none, Role::negative};
    CHECK(judged.roles(batch.with_roles(own)) == std::vector<Role>{Role::anchor, Role::none, Role::none, Role::none});
    CHECK_THROWS_AS(judgement({{trusted, 0}}).roles(batch), std::invalid_argument);
    const mohs::Suspects suspects = judged.suspects();
    REQUIRE(suspects.size() == 2);
    CHECK(suspects[0] == mohs::Suspect{mohs::Suspicion::label, 1, -1, -1, 0.9, judged.judge()});
    CHECK(suspects[1].anchor == 3);
    CHECK(judgement({}).roles(mohs::Batch{none}).empty());
}

TEST_CASE("a score that is not from 0 to 1 is refused", "[ieee]")
{
    Judgement judged("test");
    CHECK_THROWS_AS(judged.add(suspect, std::numeric_limits<double>::quiet_NaN()), std::invalid_argument);
    CHECK_THROWS_AS(judged.add(suspect, std::numeric_limits<double>::infinity()), std::invalid_argument);
    CHECK_THROWS_AS(judged.add(suspect, 1.5), std::invalid_argument);
    CHECK_THROWS_AS(judged.add(suspect, -0.5), std::invalid_argument);
    CHECK(judged.rows() == 0);
    judged.add(trusted, 1, true);
    judged.add(trusted, 0);
    CHECK(judged.short_of_voters() == 1);
}

TEST_CASE("several judges agree as often as is asked for")
{
    const Judgement a = judgement({{suspect, 1}, {suspect, 1}, {trusted, 0}, {abstains, 0}, {abstains, 0}}),
                    b = judgement({{suspect, 0.5}, {trusted, 0.25}, {trusted, 0.5}, {suspect, 0.75}, {abstains, 0}});
    const Judgement one = mohs::agreed_by(1, {&a, &b}), both = mohs::agreed_by(2, {&a, &b});
    const std::vector<Opinion> of_one{suspect, suspect, trusted, suspect, abstains},
        of_both{suspect, trusted, trusted, abstains, abstains};
    const std::vector<double> scores{0.75, 0.625, 0.25, 0.75, 0};
    for (mohs::Index row = 0; row < 5; ++row) {
        const auto at = static_cast<std::size_t>(row);
        CHECK(one.opinion(row) == of_one[at]);
        CHECK(both.opinion(row) == of_both[at]);
        CHECK(one.score(row) == scores[at]);
        CHECK(both.score(row) == (of_both[at] == abstains ? 0 : scores[at]));
    }
    CHECK_THROWS_AS(mohs::agreed_by(0, {&a, &b}), std::invalid_argument);
    CHECK_THROWS_AS(mohs::agreed_by(3, {&a, &b}), std::invalid_argument);
    const Judgement other = judgement({{trusted, 0}});
    CHECK_THROWS_AS(mohs::agreed_by(1, {&a, &other}), std::invalid_argument);
}

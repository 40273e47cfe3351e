#include <mohs/review/agreement.hpp>

#include "../catch.hpp"

#include <optional>
#include <random>

namespace {

using mohs::Agreement;
using mohs::Answer;
using mohs::Rating;

/// One string per annotator, one character per unit; a dot where there is no rating.
std::vector<Rating> ratings(const std::vector<std::string>& rows)
{
    std::vector<Rating> result;
    for (std::size_t annotator = 0; annotator < rows.size(); ++annotator) {
        for (std::size_t unit = 0; unit < rows[annotator].size(); ++unit) {
            if (rows[annotator][unit] != '.') {
                result.push_back({unit, annotator, rows[annotator][unit]});
            }
        }
    }
    return result;
}

/// By definition: 1 - observed / expected disagreement. The observed one is the mean, over all ratings that can be
/// paired, of the share of the other ratings of their unit that differ; the expected one is the share of all pairs of
/// such ratings, of whatever units, that differ. Nothing where none of these differ.
std::optional<double> alpha(const std::vector<std::string>& rows)
{
    std::vector<char> all;
    double observed = 0;
    for (std::size_t unit = 0; unit < rows[0].size(); ++unit) {
        std::vector<char> values;
        for (const std::string& row : rows) {
            if (row[unit] != '.') {
                values.push_back(row[unit]);
            }
        }
        if (values.size() < 2) {
            continue;
        }
        for (std::size_t i = 0; i < values.size(); ++i) {
            double different = 0;
            for (std::size_t j = 0; j < values.size(); ++j) {
                different += i != j && values[i] != values[j] ? 1 : 0;
            }
            observed += different / static_cast<double>(values.size() - 1);
        }
        all.insert(all.end(), values.begin(), values.end());
    }
    double expected = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
        for (std::size_t j = 0; j < all.size(); ++j) {
            expected += i != j && all[i] != all[j] ? 1 : 0;
        }
    }
    if (expected == 0) {
        return std::nullopt;
    }
    const auto count = static_cast<double>(all.size());
    return 1 - (observed / count) / (expected / (count * (count - 1)));
}

}  // namespace

TEST_CASE("alpha of the four observers of Krippendorff 2011 is 0.743")
{
    const std::vector<std::string> rows{"123321412...", "1233224125.3", ".3332342251.", "12332441251."};
    const Agreement found = mohs::krippendorff_alpha(ratings(rows));
    REQUIRE(found.value);
    CHECK(std::abs(*found.value - 0.743) < 0.0005);
    CHECK(*found.value == Approx(alpha(rows).value()).epsilon(1e-12));
    // The coincidences of the paper: 40 ratings that can be paired, of which 9, 13, 10, 5 and 3 of the values 1 to 5;
    // of the twelve units one is rated once.
    const double sums = 9 * 8 + 13 * 12 + 10 * 9 + 5 * 4 + 3 * 2;
    const double diagonal = 7 + 10 + 8 + 4 + 3;
    CHECK(*found.value == Approx(((40 - 1) * diagonal - sums) / (40 * (40 - 1) - sums)).epsilon(1e-12));
    CHECK(found.units == 11);
    CHECK(found.annotators == 4);
    CHECK(found.ratings == 40);
    CHECK(found.measure == std::string("Krippendorff's alpha, nominal"));
}

TEST_CASE("alpha of the two observers of Krippendorff 2011 is 0.095")
{
    const std::vector<std::string> rows{"0100000010", "1110010000"};
    const Agreement found = mohs::krippendorff_alpha(ratings(rows));
    REQUIRE(found.value);
    CHECK(std::abs(*found.value - 0.095) < 0.0005);
    // By hand: 4 of 10 units differ, so 8 of 20 coincidences; there are 14 zeros and 6 ones.
    CHECK(*found.value == Approx(1 - 19.0 * 8 / (2 * 14 * 6)).epsilon(1e-12));
}

TEST_CASE("alpha of any ratings is that of the definition")
{
    std::mt19937 random(3);
    for (int round = 0; round < 100; ++round) {
        std::vector<std::string> rows(2 + random() % 4, std::string(3 + random() % 20, '.'));
        for (std::string& row : rows) {
            for (char& value : row) {
                value = "..abc"[random() % 5];
            }
        }
        const Agreement found = mohs::krippendorff_alpha(ratings(rows));
        const std::optional<double> expected = alpha(rows);
        CHECK(found.value.has_value() == expected.has_value());
        if (found.value && expected) {
            CHECK(*found.value == Approx(*expected).epsilon(1e-12).margin(1e-12));
        }
    }
}

TEST_CASE("kappa of two annotators by hand")
{
    // 50 units: 20 times both yes, 15 times both no, 5 times only the first yes, 10 times only the second.
    const std::string first = std::string(25, 'y') + std::string(25, 'n');
    const std::string second = std::string(20, 'y') + std::string(5, 'n') + std::string(10, 'y') + std::string(15, 'n');
    const Agreement found = mohs::cohen_kappa(ratings({first, second}), 0, 1);
    REQUIRE(found.value);
    // p_o = 35/50, p_e = 25/50 * 30/50 + 25/50 * 20/50 = 0.5.
    CHECK(*found.value == Approx(0.4).epsilon(1e-12));
    CHECK(found.units == 50);
    CHECK(found.annotators == 2);
    CHECK(found.ratings == 100);
    CHECK(found.measure == std::string("Cohen's kappa"));
    // Units that only one of them rates, and ratings of others, do not count.
    const Agreement among = mohs::cohen_kappa(ratings({first + "y.", std::string(52, 'y'), second + ".n"}), 2, 0);
    CHECK(*among.value == Approx(0.4).epsilon(1e-12));
    CHECK(among.units == 50);
}

TEST_CASE("kappa is 1 where two agree on all and minus 1 where they contradict evenly")
{
    CHECK(*mohs::cohen_kappa(ratings({"aabb", "aabb"}), 0, 1).value == Approx(1));
    CHECK(*mohs::cohen_kappa(ratings({"aabb", "bbaa"}), 0, 1).value == Approx(-1));
}

TEST_CASE("kappa of an annotator and the same one is refused")
{
    CHECK_THROWS_AS(mohs::cohen_kappa(ratings({"aabb", "abab"}), 1, 1), std::invalid_argument);
    CHECK_THROWS_AS(mohs::cohen_kappa({}, 7, 7), std::invalid_argument);
}

TEST_CASE("where chance explains all there is no agreement to tell")
{
    for (const auto& rows : {std::vector<std::string>{"aaaa", "aaaa"}, {"abab", "...."}, {"", ""}}) {
        CHECK(!mohs::krippendorff_alpha(ratings(rows)).value);
        CHECK(!mohs::cohen_kappa(ratings(rows), 0, 1).value);
    }
    CHECK(mohs::cohen_kappa({}, 0, 1).units == 0);
    const std::vector<Rating> twice{{1, 2, 3}, {1, 2, 4}};
    CHECK_THROWS_AS(mohs::krippendorff_alpha(twice), std::invalid_argument);
    CHECK_THROWS_AS(mohs::cohen_kappa(twice, 1, 2), std::invalid_argument);
}

TEST_CASE("verdicts are ratings, and skips are missing")
{
    mohs::Verdicts verdicts;
    const auto add = [&](std::uint64_t record, Answer answer, const char* annotator, int time = 0,
                         mohs::AnnotatorKind kind = mohs::AnnotatorKind::person) {
        verdicts.add({.record = {record},
                      .answer = answer,
                      .annotator = annotator,
                      .annotator_kind = kind,
                      .time = mohs::ReviewTime{std::chrono::seconds{time}}});
    };
    add(1, Answer::positive, "b");
    add(1, Answer::positive, "a");
    add(2, Answer::negative, "a");
    add(2, Answer::negative, "b", 1);
    add(2, Answer::positive, "b", 0);
    add(3, Answer::skip, "a");
    add(3, Answer::positive, "b");
    add(3, Answer::negative, "a", 0, mohs::AnnotatorKind::model);
    const auto annotators = mohs::annotators_of(verdicts);
    REQUIRE(annotators.size() == 3);
    CHECK(annotators[0].name == "a");
    CHECK(annotators[1].name == "b");
    CHECK(annotators[2] == mohs::Annotator{"a", mohs::AnnotatorKind::model});
    const Agreement both = mohs::cohen_kappa(mohs::ratings_of(verdicts), 0, 1);
    CHECK(both.units == 2);
    CHECK(*both.value == Approx(1));
    const Agreement all = mohs::krippendorff_alpha(mohs::ratings_of(verdicts));
    CHECK(all.units == 3);
    CHECK(*all.value == Approx(alpha({"10.", "101", "..0"}).value()).epsilon(1e-12));
}

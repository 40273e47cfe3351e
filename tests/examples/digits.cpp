#include "../../examples/common/network.hpp"
#include "../../examples/digits/evaluation.hpp"
#include "../../examples/digits/npy.hpp"
#include "../../examples/digits/sampler.hpp"
#include "catch.hpp"

#include <filesystem>
#include <set>
#include <sstream>

using namespace digits;

namespace {

/// `sizes[c]` rows of class c.
Labels labels_of(const std::vector<int>& sizes)
{
    Labels labels;
    for (std::size_t c = 0; c < sizes.size(); ++c) {
        labels.insert(labels.end(), static_cast<std::size_t>(sizes[c]), static_cast<std::int64_t>(c));
    }
    return labels;
}

using Batches = std::vector<std::vector<std::size_t>>;

/// The classes of `count` batches.
Batches sampled_classes(std::size_t classes, std::size_t per_batch, std::size_t count)
{
    const Labels labels = labels_of(std::vector<int>(classes, 6));
    Sampler sampler(labels, per_batch, 4, Random(7, Purpose::batches));
    Batches batches(count);
    std::vector<Index> rows;
    for (auto& batch : batches) {
        sampler.next(rows);
        for (std::size_t i = 0; i < rows.size(); i += 4) {
            batch.push_back(static_cast<std::size_t>(labels[static_cast<std::size_t>(rows[i])]));
        }
    }
    return batches;
}

/// The largest difference between the counts of two classes over any run of consecutive batches.
int imbalance(const Batches& batches, std::size_t classes)
{
    int worst = 0;
    for (std::size_t first = 0; first < batches.size(); ++first) {
        std::vector<int> counts(classes, 0);
        for (std::size_t i = first; i < batches.size(); ++i) {
            for (const std::size_t c : batches[i]) {
                ++counts[c];
            }
            const auto [least, most] = std::minmax_element(counts.begin(), counts.end());
            worst = std::max(worst, *most - *least);
        }
    }
    return worst;
}

double chi_squared(const std::vector<int>& counts)
{
    double total = 0, statistic = 0;
    for (const int count : counts) {
        total += count;
    }
    const double expected = total / static_cast<double>(counts.size());
    for (const int count : counts) {
        statistic += (count - expected) * (count - expected) / expected;
    }
    return statistic;
}

/// A file that is removed again.
class TemporaryFile {
public:
    explicit TemporaryFile(const std::string& text)
        : path_(std::filesystem::temp_directory_path() / ("mohs_digits_" + std::to_string(std::random_device{}())))
    {
        std::ofstream(path_, std::ios::binary) << text;
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    ~TemporaryFile() { std::filesystem::remove(path_); }
    [[nodiscard]] std::string path() const { return path_.string(); }

private:
    std::filesystem::path path_;
};

/// What a function complains about; empty if it does not.
template <class Function>
std::string complaint(Function function)
{
    try {
        function();
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "";
}

/// What `load` says about a file of this text, without its name.
std::string complaint_about(const std::string& text)
{
    const TemporaryFile file(text);
    const std::string message = complaint([&] { load(file.path()); });
    return message.substr(std::min(message.size(), file.path().size() + 2));
}

bool contains(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

/// MAP@R and recall@1 by dot products, written from their definitions.
Scores naive_scores(const mohs::Matrix& rows, const Labels& labels)
{
    const auto count = static_cast<Index>(labels.size());
    Scores sums;
    double queries = 0;
    for (Index q = 0; q < count; ++q) {
        std::vector<std::pair<float, Index>> others;
        double relevant = 0;
        for (Index i = 0; i < count; ++i) {
            if (i != q) {
                others.emplace_back(-rows.row(q).dot(rows.row(i)), i);
                relevant += labels[static_cast<std::size_t>(i)] == labels[static_cast<std::size_t>(q)];
            }
        }
        if (relevant == 0) {
            continue;
        }
        std::sort(others.begin(), others.end());
        double hits = 0, sum = 0;
        for (std::size_t rank = 1; rank <= static_cast<std::size_t>(relevant); ++rank) {
            const bool hit =
                labels[static_cast<std::size_t>(others[rank - 1].second)] == labels[static_cast<std::size_t>(q)];
            hits += hit;
            sum += hit ? hits / static_cast<double>(rank) : 0;
            sums.recall_at_1 += rank == 1 && hit;
        }
        sums.map_at_r += sum / relevant;
        ++queries;
    }
    return {sums.map_at_r / queries, sums.recall_at_1 / queries};
}

/// Small integers, whose dot products are exact: many are equal, and then the lowest row comes first.
mohs::Matrix random_points(Index rows)
{
    Random random(3, Purpose::split);
    return mohs::Matrix::NullaryExpr(rows, 2, [&] { return static_cast<float>(random.below(50)) - 20; });
}

}  // namespace

TEST_CASE("digits: class counts differ by at most one over any run of batches", "[digits]")
{
    CHECK(imbalance(sampled_classes(10, 8, 60), 10) == 1);
    CHECK(imbalance(sampled_classes(7, 3, 60), 7) == 1);
    CHECK(imbalance(sampled_classes(13, 8, 60), 13) == 1);
    CHECK(imbalance(sampled_classes(5, 8, 60), 5) == 0);
}

TEST_CASE("digits: classes drawn anew for every batch would not be balanced", "[digits]")
{
    Batches batches(60);
    Random random(7, Purpose::batches);
    std::vector<std::size_t> classes{0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    for (auto& batch : batches) {
        random.draw(classes, 8);
        batch.assign(classes.begin(), classes.begin() + 8);
    }
    CHECK(imbalance(batches, 10) > 1);
}

TEST_CASE("digits: a batch holds different rows of every class", "[digits]")
{
    const Labels labels = labels_of({4, 9, 60, 5});
    Sampler sampler(labels, 3, 4, Random(1, Purpose::batches));
    std::vector<Index> rows;
    for (int i = 0; i < 50; ++i) {
        sampler.next(rows);
        REQUIRE(rows.size() == 12);
        CHECK(std::set<Index>(rows.begin(), rows.end()).size() == 12);
        for (std::size_t j = 0; j < rows.size(); ++j) {
            CHECK(labels[static_cast<std::size_t>(rows[j])] == labels[static_cast<std::size_t>(rows[j / 4 * 4])]);
        }
    }
}

TEST_CASE("digits: a class of few rows repeats them in a batch", "[digits]")
{
    Sampler sampler(labels_of({1, 3}), 8, 4, Random(1, Purpose::batches));
    std::vector<Index> rows;
    sampler.next(rows);
    CHECK(rows.size() == 8);
    CHECK(std::count(rows.begin(), rows.end(), 0) == 4);
    CHECK(std::set<Index>(rows.begin(), rows.end()).size() == 4);
}

TEST_CASE("digits: rows of a class are drawn uniformly", "[digits]")
{
    constexpr int draws = 3000;
    Sampler sampler(labels_of({60, 60}), 2, 4, Random(1, Purpose::batches));
    std::vector<int> counts(60, 0), wrong(60, 0);
    Random random(1, Purpose::batches);
    std::vector<Index> rows;
    for (int i = 0; i < draws; ++i) {
        sampler.next(rows);
        for (const Index row : rows) {
            counts[static_cast<std::size_t>(row % 60)] += row < 60;
        }
        // The larger of two draws is not uniform.
        ++wrong[std::max(random.below(60), random.below(60))];
    }
    // The 0.9999 quantile of chi-squared with 59 degrees of freedom.
    CHECK(chi_squared(counts) < 105.2);
    CHECK(chi_squared(wrong) > 105.2);
}

TEST_CASE("digits: the gradient of the network agrees with central differences", "[digits]")
{
    Random random(5, Purpose::weights);
    NetworkOf<double> network({5, 7, 6, 3}, random);
    using Matrix = NetworkOf<double>::Matrix;
    const Matrix inputs = Matrix::NullaryExpr(4, 5, [&] { return random.symmetric(1); });
    const Matrix weights = Matrix::NullaryExpr(4, 3, [&] { return random.symmetric(1); });
    const auto loss = [&] { return network.forward(inputs).cwiseProduct(weights).sum(); };

    static_cast<void>(loss());
    network.backward(weights);
    const NetworkOf<double>::Vector gradient = network.gradient();
    for (Index i = 0; i < gradient.size(); ++i) {
        double& parameter = network.parameters()[i];
        const double before = parameter;
        // The network is linear in one parameter, but for kinks: the difference is exact up to rounding, 1e-16 / step.
        constexpr double step = 1e-5;
        parameter = before + step;
        const double above = loss();
        parameter = before - step;
        const double below = loss();
        parameter = before;
        CHECK(gradient[i] == Approx((above - below) / (2 * step)).margin(1e-9).epsilon(0));
    }
}

TEST_CASE("digits: weights and biases are uniform within 1 over the root of the inputs", "[digits]")
{
    Random random(5, Purpose::weights);
    NetworkOf<double> network({64, 128}, random);
    const auto& parameters = network.parameters();
    REQUIRE(parameters.size() == 65 * 128);
    // 1/sqrt(64) = 0.125. Of 8320 uniform values the largest misses the limit by 0.25 / 8320 on average.
    CHECK(parameters.maxCoeff() < 0.125);
    CHECK(parameters.maxCoeff() > 0.124);
    CHECK(parameters.minCoeff() > -0.125);
    CHECK(parameters.minCoeff() < -0.124);
    std::vector<int> counts(16, 0);
    for (const double value : parameters) {
        ++counts[static_cast<std::size_t>((value + 0.125) * 64)];
    }
    // The 0.9999 quantile of chi-squared with 15 degrees of freedom.
    CHECK(chi_squared(counts) < 44.3);
}

TEST_CASE("digits: Adam follows its definition", "[digits]")
{
    using Vector = NetworkOf<double>::Vector;
    Vector parameters(2);
    parameters << 1, -2;
    Adam<Vector> adam(2, {.rate = 0.01, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8});
    double expected[] = {1, -2}, mean[] = {0, 0}, square[] = {0, 0};
    for (int t = 1; t <= 5; ++t) {
        const Vector gradient = parameters.array().cube() / t;
        adam.step(parameters, gradient);
        for (int i = 0; i < 2; ++i) {
            const double g = std::pow(expected[i], 3) / t;
            mean[i] = 0.9 * mean[i] + 0.1 * g;
            square[i] = 0.999 * square[i] + 0.001 * g * g;
            expected[i] -=
                0.01 * (mean[i] / (1 - std::pow(0.9, t))) / (std::sqrt(square[i] / (1 - std::pow(0.999, t))) + 1e-8);
            CHECK(parameters[i] == Approx(expected[i]).epsilon(1e-12));
        }
    }
}

TEST_CASE("digits: MAP at R and recall at 1 of a case worked by hand", "[digits]")
{
    // Class 0 at 0, 1 and 5; class 1 at 2 and 7; class 2, alone, at 20.
    mohs::Matrix rows(6, 1);
    rows << 0, 1, 5, 2, 7, 20;
    const Labels labels{0, 0, 0, 1, 1, 2};
    const Scores scores = evaluate(mohs::Euclidean{}, rows, labels);
    // 0: 1 (hit), 2 -> 1/2. 1: 0 and 2 tie at distance 1, the lower row is the hit -> 1/2. 5: 7, 2 -> 0.
    // 2: 1 -> 0. 7: 5 -> 0.
    CHECK(scores.map_at_r == Approx((0.5 + 0.5) / 5).epsilon(1e-12));
    CHECK(scores.recall_at_1 == Approx(2.0 / 5).epsilon(1e-12));
}

TEST_CASE("digits: scores agree with their definition", "[digits]")
{
    const mohs::Matrix rows = random_points(200);
    const Labels labels = labels_of({1, 2, 17, 60, 120});
    const Scores scores = evaluate(mohs::DotProduct{}, rows, labels), expected = naive_scores(rows, labels);
    CHECK(scores.map_at_r == Approx(expected.map_at_r).epsilon(1e-12));
    CHECK(scores.recall_at_1 == Approx(expected.recall_at_1).epsilon(1e-12));
}

TEST_CASE("digits: scores do not depend on queries going in blocks", "[digits]")
{
    // A class of 1100 rows makes blocks of 954 queries.
    const mohs::Matrix rows = random_points(1200);
    const Labels labels = labels_of({100, 1100});
    const Scores scores = evaluate(mohs::DotProduct{}, rows, labels), expected = naive_scores(rows, labels);
    CHECK(scores.map_at_r == Approx(expected.map_at_r).epsilon(1e-12));
    CHECK(scores.recall_at_1 == Approx(expected.recall_at_1).epsilon(1e-12));
}

TEST_CASE("digits: features and classes are read", "[digits]")
{
    const TemporaryFile file("\xEF\xBB\xBF 1, -2.5 ,3\r\n4e1,+5,-6.000e+00\r\n\r\n");
    const Dataset data = load(file.path());
    mohs::Matrix expected(2, 2);
    expected << 1, -2.5, 40, 5;
    CHECK(data.features == expected);
    CHECK(data.labels == Labels{3, -6});
}

TEST_CASE("digits: classes may have a file of their own", "[digits]")
{
    const TemporaryFile features("1\n2\n3"), classes("7\n8\n7\n"), too_many("7\n8\n7\n7\n");
    const Dataset data = load(features.path(), classes.path());
    CHECK(data.features.cols() == 1);
    CHECK(data.labels == Labels{7, 8, 7});
    const std::string message = complaint([&] { load(features.path(), too_many.path()); });
    CHECK(contains(message, "has 4 classes"));
    CHECK(contains(message, "has 3 rows"));
}

TEST_CASE("digits: files that are not rows of numbers are refused with the line", "[digits][raises]")
{
    CHECK(complaint_about("") == "is empty");
    CHECK(complaint_about("\n\n") == "is empty");
    CHECK(complaint_about("1,2,0\n1,2\n") == "line 2: has 2 fields, but the lines before it have 3");
    CHECK(complaint_about("1,2,0\n\n1,2,0\n") == "line 2: is blank");
    CHECK(complaint_about("1,,0\n") == "line 1: has an empty field");
    CHECK(complaint_about("1,2,\n") == "line 1: has an empty field");
    CHECK(complaint_about("1,x\x1b[31m,0\n") == "line 1: has 'x?[31m' where a finite number should be");
    for (const std::string text : {"nan", "-NaN", "inf", "Infinity", "0x10", "1e", "1.2.3", "--1", "1 2"}) {
        CHECK(complaint_about("1,2,0\n1," + text + ",0\n") ==
              "line 2: has '" + text + "' where a finite number should be");
    }
    CHECK(complaint_about("1,1e39,0\n") == "line 1: has 1e39, which is too large for a float");
    CHECK(complaint_about("1,-1e999,0\n") == "line 1: has -1e999, which is too large for a float");
    CHECK(complaint_about("1,2,0.5\n") == "line 1: has the class 0.5, but classes are integers");
    CHECK(contains(complaint_about("1\n2\n"), "line 1: has a single field"));
    CHECK(contains(complaint([] { load("/no/such/file"); }), "cannot be opened"));
}

TEST_CASE("digits: a split takes every row once", "[digits]")
{
    const Dataset data{mohs::Matrix::Zero(50, 1), labels_of({25, 25})};
    const Split first = split(data, 20, 1), same = split(data, 20, 1), other = split(data, 20, 2);
    CHECK(first.train.size() == 20);
    std::set<Index> all(first.train.begin(), first.train.end());
    all.insert(first.test.begin(), first.test.end());
    CHECK(all.size() == 50);
    CHECK(first.test.size() == 30);
    CHECK(first.train == same.train);
    CHECK(first.train != other.train);
}

TEST_CASE("digits: data without a triplet to train on or a pair to test on are refused", "[digits]")
{
    const auto complaint_of_split = [](const std::vector<int>& sizes) {
        const Labels labels = labels_of(sizes);
        const auto rows = static_cast<Index>(labels.size());
        return complaint([&] { split({mohs::Matrix::Zero(rows, 1), labels}, rows / 2, 1); });
    };
    CHECK(contains(complaint_of_split({1, 1}), "no triplet"));
    CHECK(contains(complaint_of_split(std::vector<int>(20, 1)), "no triplet"));
    CHECK(complaint_of_split({10, 10}).empty());
    // All but one row are trained on: the one left has no partner.
    CHECK(contains(complaint([] { split({mohs::Matrix::Zero(8, 1), labels_of({4, 4})}, 7, 1); }), "share a class"));
}

TEST_CASE("digits: embeddings are written in the format of NumPy", "[digits]")
{
    mohs::Matrix matrix(2, 3);
    matrix << 1, 2, 3, 4, 5, 6;
    std::ostringstream stream;
    write_npy(stream, matrix);
    const std::string bytes = stream.str();
    REQUIRE(bytes.size() == 128 + 6 * sizeof(float));
    CHECK(bytes.substr(0, 10) == std::string("\x93NUMPY\x01\x00\x76\x00", 10));
    CHECK(bytes.substr(10, 60).find("'fortran_order': False, 'shape': (2, 3), }") != std::string::npos);
    CHECK(bytes[127] == '\n');
    float values[6];
    std::memcpy(values, bytes.data() + 128, sizeof values);
    CHECK(std::equal(values, values + 6, matrix.data()));
}

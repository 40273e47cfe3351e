#include "../../examples/digits/calibration_study.hpp"
#include "../../examples/digits/defence_study.hpp"
#include "../../examples/digits/fashion_mnist.hpp"
#include "../../examples/digits/few_labels_study.hpp"
#include "../../examples/digits/verdicts_study.hpp"
#include "catch.hpp"

#include <Eigen/LU>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <set>

// The studies, which are parts of a program that trains, and what they need.
#include "../../examples/common/table.cpp"
#include "../../examples/digits/defences.cpp"
#include "../../examples/digits/judges.cpp"
#include "../../examples/digits/noise.cpp"
#include "../../examples/digits/objectives.cpp"
#include "../../examples/digits/progress.cpp"
#include "../../examples/digits/task.cpp"
#include "../../examples/digits/train_all.cpp"
#include "../../examples/digits/training.cpp"

#include "../../examples/digits/calibration_study.cpp"
#include "../../examples/digits/defence_study.cpp"
#include "../../examples/digits/few_labels_study.cpp"
#include "../../examples/digits/verdicts_study.cpp"

#if defined(MOHS_DIGITS_ZLIB)
#include "../../examples/digits/fashion_mnist.cpp"
#endif

// The last has short names that would hide those of the others.
#include "../../examples/common/line_chart.cpp"

using namespace digits;

namespace {

/// Classes around centres of their own, which overlap.
Dataset clusters(Index classes, Index per_class, float spread)
{
    std::srand(7);
    const mohs::Matrix centres = mohs::Matrix::Random(classes, 6);
    Dataset data{spread * mohs::Matrix::Random(classes * per_class, 6), {}};
    for (Index row = 0; row < classes * per_class; ++row) {
        data.labels.push_back(row % classes);
        data.features.row(row) += centres.row(row % classes);
    }
    return data;
}

/// Scores of the least squares with a ridge of 1, in double, by its normal equations.
Eigen::MatrixXd linear_scores(const Dataset& data, Index classes)
{
    Eigen::MatrixXd inputs(data.features.rows(), data.features.cols() + 1), targets(data.features.rows(), classes);
    for (Index row = 0; row < inputs.rows(); ++row) {
        for (Index column = 0; column < data.features.cols(); ++column) {
            inputs(row, column) = data.features(row, column);
        }
        inputs(row, data.features.cols()) = 1;
        for (Index label = 0; label < classes; ++label) {
            targets(row, label) = data.labels[static_cast<std::size_t>(row)] == label ? 1 : 0;
        }
    }
    const Eigen::MatrixXd normal =
        inputs.transpose() * inputs + Eigen::MatrixXd::Identity(inputs.cols(), inputs.cols());
    return inputs * normal.inverse() * inputs.transpose() * targets;
}

Run run_with(double score)
{
    Run run;
    run.curve = {{0, {0, 0}}, {9, {score, 1}}};
    return run;
}

}  // namespace

TEST_CASE("digits: the next choice of a row is what a linear classifier says", "[digits]")
{
    const Dataset data = clusters(4, 30, 0.8F);
    const NextChoices next = next_choices(data.features, data.labels);
    const Eigen::MatrixXd scores = linear_scores(data, 4);
    for (Index row = 0; row < 120; ++row) {
        const Index own = data.labels[static_cast<std::size_t>(row)];
        double best = -1e9;
        Index label = -1;
        for (Index other = 0; other < 4; ++other) {
            if (other != own && scores(row, other) > best) {
                best = scores(row, other);
                label = other;
            }
        }
        CAPTURE(row);
        CHECK(next.labels[static_cast<std::size_t>(row)] == label);
        CHECK(next.margins[static_cast<std::size_t>(row)] == Approx(scores(row, own) - best).margin(1e-4));
    }
}

TEST_CASE("digits: noise by class turns a share of every class into one other", "[digits]")
{
    const Dataset data = clusters(4, 40, 0.8F);
    const NextChoices next = next_choices(data.features, data.labels);
    Labels noisy = data.labels;
    add_noise(noisy, data.features, NoiseKind::class_dependent, 0.25, {0, 1, 2, 3}, Random(1, Purpose::noise));
    for (std::int64_t label = 0; label < 4; ++label) {
        std::map<std::int64_t, Index> became, choices;
        for (std::size_t row = 0; row < noisy.size(); ++row) {
            if (data.labels[row] == label) {
                ++choices[next.labels[row]];
                if (noisy[row] != label) {
                    ++became[noisy[row]];
                }
            }
        }
        REQUIRE(became.size() == 1);
        CHECK(became.begin()->second == 10);
        for (const auto& [other, count] : choices) {
            CHECK(count <= choices[became.begin()->first]);
        }
    }
    Labels same = data.labels, other = data.labels;
    add_noise(same, data.features, NoiseKind::class_dependent, 0.25, {0, 1, 2, 3}, Random(1, Purpose::noise));
    add_noise(other, data.features, NoiseKind::class_dependent, 0.25, {0, 1, 2, 3}, Random(2, Purpose::noise));
    CHECK(same == noisy);
    CHECK(other != noisy);
}

TEST_CASE("digits: noise by image gives the least certain rows their next choice", "[digits]")
{
    const Dataset data = clusters(4, 40, 0.8F);
    const NextChoices next = next_choices(data.features, data.labels);
    Labels noisy = data.labels;
    add_noise(noisy, data.features, NoiseKind::instance_dependent, 0.25, {0, 1, 2, 3}, Random(1, Purpose::noise));
    double largest = -1e9, smallest = 1e9;
    Index changed = 0;
    for (std::size_t row = 0; row < noisy.size(); ++row) {
        if (noisy[row] != data.labels[row]) {
            ++changed;
            CHECK(noisy[row] == next.labels[row]);
            largest = std::max(largest, next.margins[row]);
        } else {
            smallest = std::min(smallest, next.margins[row]);
        }
    }
    CHECK(changed == 40);
    CHECK(largest <= smallest);
}

TEST_CASE("digits: a task knows its true classes, and where its rows come from", "[digits]")
{
    const Dataset data = clusters(3, 20, 0.3F);
    const TrainingOptions options{.train_count = 30, .noise = 0.5, .seed = 4};
    const Task task = make_task(data, NoiseKind::uniform, options), clean = make_task(data, NoiseKind::none, options);
    CHECK(task.rows.train == clean.rows.train);
    CHECK(task.truth == clean.training.labels);
    CHECK(task.training.features.cwiseAbs().maxCoeff() == 1);
    Index wrong = 0;
    for (Index row = 0; row < 30; ++row) {
        wrong += task.is_wrong(row);
        CHECK(task.truth[static_cast<std::size_t>(row)] ==
              data.labels[static_cast<std::size_t>(task.rows.train[static_cast<std::size_t>(row)])]);
    }
    CHECK(wrong > 3);
    CHECK(wrong <= 15);

    Dataset fixed = data;
    fixed.train_rows = 12;
    const Split parts = split(fixed, 12, 9);
    CHECK(parts.train.front() == 0);
    CHECK(parts.train.back() == 11);
    CHECK(parts.test.size() == 48);
}

TEST_CASE("digits: recovery and cost are paired over seeds", "[digits]")
{
    const std::vector<Defence> all = defences();
    std::set<std::string> names;
    for (const Defence& defence : all) {
        names.insert(defence.name);
    }
    CHECK(names.size() == all.size());
    for (const Defence& defence : all) {
        CHECK(names.count(defence.without) == 1);
    }
    DefenceStudy study{{}, 2, {noise_kinds()[0], noise_kinds()[1]}, {all[0], all[1], all[2]}, {}};
    study.runs = {{{run_with(0.9), run_with(0.8)}, {run_with(0.9), run_with(0.8)}, {run_with(0.88), run_with(0.81)}},
                  {{run_with(0.4), run_with(0.2)}, {run_with(0.8), run_with(0.7)}, {run_with(0.7), run_with(0.6)}}};
    study.runs[1][2][0].suspicion = {10, 8, 12};
    const std::vector<DefenceResult> lines = results(study);
    REQUIRE(lines.size() == 6);
    CHECK(!lines[0].cost);
    CHECK(!lines[3].recovery);
    CHECK(!lines[4].recovery);
    REQUIRE(lines[2].cost);
    CHECK(lines[2].cost->mean == Approx(0.005));
    CHECK(!lines[2].recovery);
    REQUIRE(lines[5].recovery);
    CHECK(lines[5].recovery->mean == Approx((0.75 + 0.8) / 2));
    CHECK(!lines[5].cost);
    CHECK(lines[5].suspicion.right == 8);
    CHECK(to_html(study).find("recovery") != std::string::npos);
}

TEST_CASE("digits: the bound of a cost is that of Student's distribution", "[digits]")
{
    // The 0.95 quantiles for 11 and for 4 degrees of freedom.
    CHECK(upper_bound({0, std::sqrt(12.0), 12}) == Approx(1.7959).margin(1e-3));
    CHECK(upper_bound({2, std::sqrt(5.0), 5}) == Approx(4.1318).margin(5e-3));
}

TEST_CASE("digits: an oracle removes wrong rows, and a judge finds most of them", "[digits][raises]")
{
    const Dataset data = clusters(4, 60, 0.3F);
    const TrainingOptions options{.train_count = 120, .steps = 130, .seed = 1};
    const Task task = make_task(data, NoiseKind::uniform, options);
    for (const Defence& defence : defences()) {
        if (defence.name == "oracle" || defence.name == "consensus" || defence.name == "consensus-bank") {
            const Run run = train(task, defence.plan(task, 1), options, [](const Checkpoint&) {});
            CAPTURE(defence.name, run.suspicion.right, run.suspicion.suspects, run.suspicion.wrong_labels);
            CHECK(run.suspicion.right >= 0.8 * run.suspicion.wrong_labels);
            CHECK(run.suspicion.right >= 0.8 * run.suspicion.suspects);
            if (defence.name == "oracle") {
                CHECK(run.suspicion.right == run.suspicion.wrong_labels);
                CHECK(run.suspicion.right == run.suspicion.suspects);
            }
        }
    }
}

TEST_CASE("digits: gains are paired, and the first records are the suspicious ones", "[digits][raises]")
{
    const Dataset data = clusters(4, 60, 0.9F);
    FewLabelsStudy few{.options = {.train_count = 120, .steps = 120, .seed = 1},
                       .seeds = 2,
                       .per_class = 3,
                       .labelled = {},
                       .all = {}};
    run_few_labels(few, data, 1);
    REQUIRE(few.labelled.size() == 2);
    REQUIRE(few.all.size() == 2);
    CHECK(gain(few).mean == Approx((few.all[0].map_at_r() + few.all[1].map_at_r() - few.labelled[0].map_at_r() -
                                    few.labelled[1].map_at_r()) /
                                   2));

    VerdictsStudy verdicts{.options = {.train_count = 160, .steps = 110, .seed = 1},
                           .seeds = 1,
                           .counts = {0, 160},
                           .ranked = {},
                           .random = {},
                           .row_precision = {},
                           .pair_precision = {}};
    run_verdicts(verdicts, clusters(4, 80, 0.3F), 1);
    // 30 of 160 labels are wrong, so most of 100 records are not; but all of these come first.
    CHECK(verdicts.row_precision.front() == Approx(0.3).margin(0.05));
    CHECK(verdicts.pair_precision.front() > 0.2);
    // Where everything is judged, order is nothing.
    CHECK(verdicts.ranked[1][0].map_at_r() == verdicts.random[1][0].map_at_r());
    CHECK(verdicts.ranked[0][0].map_at_r() == verdicts.random[0][0].map_at_r());
}

TEST_CASE("digits: margins remove what they are asked to, and verdicts find the share of false negatives",
          "[digits][raises]")
{
    CalibrationStudy study{
        .options = {.train_count = 400, .steps = 60, .seed = 2}, .margins = {}, .strata = {}, .all = {}};
    run_calibration(study, clusters(4, 200, 0.3F));
    for (std::size_t i = 1; i < study.margins.size(); ++i) {
        CHECK(study.margins[i].absolute >= study.margins[i - 1].absolute);
        CHECK(study.margins[i].true_positives_removed >= study.margins[i - 1].true_positives_removed);
    }
    REQUIRE(study.strata.size() == 10);
    double truth = 0;
    Index within = 0;
    for (const CalibrationStudy::Stratum& stratum : study.strata) {
        truth += stratum.share / 10;
        within += stratum.estimate.low <= stratum.share && stratum.share <= stratum.estimate.high;
    }
    CHECK(study.all_share == Approx(truth));
    CHECK(within >= 8);
    CHECK(study.all.low <= truth);
    CHECK(truth <= study.all.high);
    CHECK(to_html(study).find("in truth") != std::string::npos);
}

#if defined(MOHS_DIGITS_ZLIB)

namespace {

class Folder {
public:
    Folder() : path_(std::filesystem::temp_directory_path() / ("mohs_idx_" + std::to_string(std::random_device{}())))
    {
        std::filesystem::create_directory(path_);
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    [[nodiscard]] std::string path() const { return path_.string(); }
    void write(const std::string& name, const std::string& bytes) const
    {
        std::ofstream(path_ / name, std::ios::binary) << bytes;
    }

private:
    std::filesystem::path path_;
};

/// What it says against a folder.
std::string complaint(const std::string& folder)
{
    try {
        load_fashion_mnist(folder);
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "";
}

std::string word(std::uint32_t value)
{
    return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
            static_cast<char>(value)};
}

/// `count` images of one row of two pixels, of the ten classes in turn: the number of the image, and its class.
void write_part(const Folder& folder, const std::string& part, std::uint32_t count)
{
    std::string images = word(0x803) + word(count) + word(1) + word(2), labels = word(0x801) + word(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        images += static_cast<char>(i % 256);
        images += static_cast<char>(i % 10);
        labels += static_cast<char>(i % 10);
    }
    folder.write(part + "-images-idx3-ubyte", images);
    folder.write(part + "-labels-idx1-ubyte", labels);
}

}  // namespace

TEST_CASE("digits: the first images of every class are read from IDX files", "[digits]")
{
    const Folder folder;
    write_part(folder, "train", 6100);
    write_part(folder, "t10k", 2005);
    const Dataset data = load_fashion_mnist(folder.path());
    CHECK(data.features.rows() == 8000);
    CHECK(data.features.cols() == 2);
    CHECK(data.train_rows == 6000);
    CHECK(data.labels[17] == 7);
    CHECK(data.features(300, 0) == 44);
    CHECK(data.features(6000, 1) == 0);
    CHECK(class_sizes(data.labels).at(3) == 800);
}

TEST_CASE("digits: IDX files that are not whole or not what they should be are refused", "[digits]")
{
    const auto refused = [](const std::string& name, const std::string& bytes, const std::string& why) {
        const Folder folder;
        write_part(folder, "train", 6000);
        write_part(folder, "t10k", 2000);
        folder.write(name, bytes);
        CAPTURE(name, why);
        const std::string message = complaint(folder.path());
        CAPTURE(message);
        CHECK(message.find(name) != std::string::npos);
        CHECK(message.find(why) != std::string::npos);
    };
    CHECK(complaint("/no/such/folder").find("cannot be opened") != std::string::npos);
    refused("train-images-idx3-ubyte", "", "ends too early");
    refused("train-images-idx3-ubyte", word(0x801) + word(1), "is no IDX file");
    refused("train-images-idx3-ubyte", word(0x803) + word(6000) + word(1) + word(2) + "abc", "ends too early");
    refused("train-images-idx3-ubyte", word(0x803) + word(6000) + word(0) + word(2), "0 x 2");
    refused("train-images-idx3-ubyte", word(0x803) + word(6000) + word(4294967295U) + word(4294967295U), "4294967295");
    refused("t10k-images-idx3-ubyte", word(0x803) + word(2000) + word(2) + word(2), "2 x 2");
    refused("train-labels-idx1-ubyte", word(0x801) + word(5), "5 classes for 6000 images");
    refused("train-labels-idx1-ubyte", word(0x801) + word(6000) + "\x0b", "class 11");
    refused("t10k-labels-idx1-ubyte", word(0x801) + word(2000) + std::string(2000, '\x01'), "of some class");
}

#endif

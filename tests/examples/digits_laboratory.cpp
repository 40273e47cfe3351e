#include "../../examples/common/output_file.hpp"
#include "../../examples/common/svg.hpp"
#include "../../examples/digits/noise.hpp"
#include "../../examples/digits/pca.hpp"
#include "../../examples/digits/report_html.hpp"
#include "../../examples/digits/results.cpp"
#include "catch.hpp"

#include <filesystem>
#include <sstream>

#if __has_include(<nlohmann/json.hpp>)
#include "../../examples/digits/report_json.cpp"
#endif

// The page and what it needs. The last has short names that would hide those of the others.
#include "../../examples/common/table.cpp"
#include "../../examples/digits/judges.cpp"
#include "../../examples/digits/laboratory.cpp"
#include "../../examples/digits/noise.cpp"
#include "../../examples/digits/progress.cpp"
#include "../../examples/digits/report_curves.cpp"
#include "../../examples/digits/report_embeddings.cpp"
#include "../../examples/digits/report_filters.cpp"
#include "../../examples/digits/report_gallery.cpp"
#include "../../examples/digits/report_heat.cpp"
#include "../../examples/digits/report_html.cpp"
#include "../../examples/digits/summary.cpp"
#include "../../examples/digits/task.cpp"
#include "../../examples/digits/train_all.cpp"
#include "../../examples/digits/training.cpp"

#include "../../examples/common/line_chart.cpp"

using namespace digits;

namespace {

/// Two strategies, only the first of which mines, and runs with these scores at steps 0, 100 and 150. Of the first
/// strategy only the runs without filters are there.
Laboratory small_laboratory(const std::vector<double>& scores)
{
    Laboratory laboratory;
    laboratory.seeds = scores.size();
    const auto objective = [](std::uint64_t) { return Objective(); };
    laboratory.strategies = {{"first", "triplet", "f", {{false, 100, 0.5}, {true, 150, 0.25}}, objective, objective},
                             {"second", "other", "s", {}, objective, {}}};
    laboratory.configurations = {{0, false, false}, {0, true, false}, {1, false, false}};
    laboratory.runs.resize(laboratory.configurations.size());
    for (std::vector<Run>& runs : laboratory.runs) {
        for (const double score : scores) {
            Run run;
            run.curve = {{0, {0, 0}}, {100, {score, 1}}, {150, {score / 2, 0.5}}};
            run.seconds = 0.002;
            run.mining_seconds = 0.0005;
            runs.push_back(run);
        }
    }
    return laboratory;
}

/// A laboratory with everything that the page shows, of two classes and two steps: nothing is trained.
Laboratory whole_laboratory()
{
    Laboratory laboratory;
    laboratory.data = {mohs::Matrix::Constant(8, 64, 3), {0, 0, 0, 0, 1, 1, 1, 1}};
    laboratory.data_path = "<data>.csv";
    laboratory.options.train_count = 4;
    laboratory.options.steps = 2;
    const auto objective = [](std::uint64_t) { return Objective(); };
    for (std::size_t s = 0; s <= supcon_place; ++s) {
        const std::string name = "way " + std::to_string(s);
        laboratory.strategies.push_back(
            {name, s == supcon_place ? "SupCon" : "triplet", name, {{false, 2, 0.5}}, objective, {}});
        if (s != supcon_place) {
            laboratory.strategies.back().filtered = objective;
        }
    }
    laboratory.configurations = configurations(laboratory.strategies);
    for (const Configuration& configuration : laboratory.configurations) {
        Run run;
        const double score = 0.5 + 0.01 * static_cast<double>(configuration.strategy);
        run.curve = {{0, {0.25, 0.5}}, {2, {score, 0.75}}};
        run.seconds = 0.002;
        run.mining_seconds = 0.0005;
        run.details.before = run.details.after = mohs::Matrix::Random(4, 3);
        run.details.test_labels = {0, 0, 1, 1};
        run.details.early = run.details.late = {{{0, 1}, 3}, {{1, 0}, 2}};
        run.details.examples = {{{0, 0, 0}, {1, 0, 0}, {4, 1, 1}, 0.5, 1}, {{5, 1, 0}, {6, 1, 1}, {2, 0, 0}, 0.5, 1}};
        laboratory.runs.push_back({run});
    }
    return laboratory;
}

std::filesystem::path temporary_path()
{
    return std::filesystem::temp_directory_path() / ("mohs_digits_" + std::to_string(std::random_device{}()));
}

}  // namespace

TEST_CASE("digits: label noise redraws the share of labels that it is told", "[digits]")
{
    const Labels classes{0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    // 12 is no class, so all that is redrawn shows.
    const Labels before(10000, 12);
    Labels after = before;
    redraw_labels(after, 0.25, classes, Random(3, Purpose::noise));
    CHECK(std::count(after.begin(), after.end(), 12) == 7500);
    std::vector<int> counts(10, 0);
    for (const std::int64_t label : after) {
        if (label != 12) {
            ++counts[static_cast<std::size_t>(label)];
        }
    }
    // 250 of each are expected; the 0.9999 quantile of chi-squared with 9 degrees of freedom is 33.7.
    double statistic = 0;
    for (const int count : counts) {
        statistic += (count - 250.0) * (count - 250.0) / 250.0;
    }
    CHECK(statistic < 33.7);

    Labels same = before, other = before, none = before;
    redraw_labels(same, 0.25, classes, Random(3, Purpose::noise));
    redraw_labels(other, 0.25, classes, Random(4, Purpose::noise));
    redraw_labels(none, 0, classes, Random(3, Purpose::noise));
    CHECK(same == after);
    CHECK(other != after);
    CHECK(none == before);
}

TEST_CASE("digits: label noise picks rows uniformly", "[digits]")
{
    std::vector<int> counts(40, 0);
    for (std::uint64_t seed = 0; seed < 1000; ++seed) {
        Labels labels(40, 1);
        redraw_labels(labels, 0.25, {0}, Random(seed, Purpose::noise));
        for (std::size_t i = 0; i < labels.size(); ++i) {
            counts[i] += labels[i] == 0;
        }
    }
    // Each 250 times, with a standard deviation of 13.7.
    CHECK(*std::min_element(counts.begin(), counts.end()) > 180);
    CHECK(*std::max_element(counts.begin(), counts.end()) < 320);
}

TEST_CASE("digits: text is escaped for HTML", "[digits]")
{
    CHECK(escape_html("a<b>&\"c'\x01\n\x7f é") == "a&lt;b&gt;&amp;&quot;c&#39;??? é");
    CHECK(svg_text(1, 2, "<script>", "class=\"x\"") == "<text x=\"1.0\" y=\"2.0\" class=\"x\">&lt;script&gt;</text>");
    CHECK(svg_begin(10, 20, "\"").find("aria-label=\"&quot;\"") != std::string::npos);
}

TEST_CASE("digits: a formatted text may be long", "[digits]")
{
    const std::string text(1000, 'x');
    CHECK(format("%s", text.c_str()) == text);
    CHECK(format("%d %.2f", 7, 0.125) == "7 0.12");
}

TEST_CASE("digits: ticks are round and within their range", "[digits]")
{
    CHECK(ticks(0, 400, 5) == std::vector<double>{0, 100, 200, 300, 400});
    CHECK(ticks(0.35, 0.95, 6).size() == 6);
    for (const double tick : ticks(-0.3, 0.3, 5)) {
        CHECK(std::abs(tick) <= 0.3 + 1e-12);
    }
}

TEST_CASE("digits: mean and deviation of a sample", "[digits]")
{
    const auto itself = [](double value) { return value; };
    const Statistics statistics = Statistics::of(std::vector<double>{1, 2, 6}, itself);
    CHECK(statistics.mean == Approx(3).epsilon(1e-12));
    CHECK(statistics.deviation == Approx(std::sqrt(7.0)).epsilon(1e-12));
    CHECK(statistics.standard_error() == Approx(std::sqrt(7.0 / 3)).epsilon(1e-12));
    CHECK(Statistics::of(std::vector<double>{5}, itself).deviation == 0);
}

TEST_CASE("digits: results are the means over seeds at steps 100 and the last", "[digits]")
{
    const std::vector<Result> all = results(small_laboratory({0.4, 0.8}));
    REQUIRE(all.size() == 6);
    CHECK(all[0].steps == 100);
    CHECK(all[1].steps == 150);
    CHECK(all[0].map_at_r.mean == Approx(0.6).epsilon(1e-12));
    CHECK(all[1].map_at_r.mean == Approx(0.3).epsilon(1e-12));
    CHECK(all[0].map_at_r.deviation == Approx(std::sqrt(0.08)).epsilon(1e-12));
    CHECK(all[0].step_ms == Approx(2).epsilon(1e-12));
    CHECK(all[0].mining_ms == Approx(0.5).epsilon(1e-12));
    CHECK(all[2].noise == 0.25);
    CHECK(all[4].loss == "other");

    // Peers: at step 100 for clean labels, at step 150 for noisy ones, none for the second strategy.
    REQUIRE(all[0].peer.has_value());
    CHECK(*above_peer(all[0]) == Approx((0.6 - 0.5) / 0.2).epsilon(1e-12));
    CHECK(!all[1].peer);
    CHECK(!all[2].peer);
    CHECK(*above_peer(all[3]) == Approx((0.3 - 0.25) / 0.1).epsilon(1e-12));
    CHECK(!above_peer(all[4]));
    // A single seed has no standard error.
    CHECK(!above_peer(results(small_laboratory({0.4})).front()));
}

#if __has_include(<nlohmann/json.hpp>)
TEST_CASE("digits: the JSON report has the fields that it promises", "[digits]")
{
    const nlohmann::json list = nlohmann::json::parse(to_json(results(small_laboratory({0.4, 0.8}))));
    REQUIRE(list.size() == 6);
    CHECK(list[0].size() == 12);
    CHECK(list[0]["strategy"] == "first");
    CHECK(list[0]["loss"] == "triplet");
    CHECK(list[0]["filter"] == "none");
    CHECK(list[0]["noise"] == 0);
    CHECK(list[2]["noise"] == 0.25);
    CHECK(list[0]["steps"] == 100);
    CHECK(list[0]["seeds"] == 2);
    CHECK(list[1]["map_at_r"].get<double>() == Approx(0.3).epsilon(1e-12));
    CHECK(list[1]["map_at_r_sd"].get<double>() == Approx(std::sqrt(0.02)).epsilon(1e-12));
    CHECK(list[1]["recall_at_1"].get<double>() == Approx(0.5).epsilon(1e-12));
    CHECK(list[1]["recall_at_1_sd"].get<double>() == 0);
    CHECK(list[1]["mining_ms"].get<double>() == Approx(0.5).epsilon(1e-12));
    CHECK(list[1]["step_ms"].get<double>() == Approx(2).epsilon(1e-12));
}
#endif

TEST_CASE("digits: the page has all its sections and needs nothing but itself", "[digits]")
{
    const Laboratory laboratory = whole_laboratory();
    const std::string page = to_html(laboratory, results(laboratory));
    std::size_t at = 0;
    for (const char* const title :
         {"Learning curves", "Filters against false negatives", "Test embeddings before and after", "What is mined",
          "Which class is mined for which", "All results"}) {
        INFO(title);
        const std::size_t found = page.find("<h2>" + std::string(title) + "</h2>", at);
        REQUIRE(found != std::string::npos);
        // More than the heading: the section draws or tabulates something.
        const std::size_t end = std::min(page.find("<h2>", found + 1), page.size());
        const std::string section = page.substr(found, end - found);
        CHECK((section.find("<svg") != std::string::npos || section.find("<td") != std::string::npos));
        at = found + 1;
    }
    CHECK(page.starts_with("<!doctype html>"));
    CHECK(page.ends_with("</html>\n"));
    // No font, script, style or picture from elsewhere: the page is read without a network. Drawings within a page
    // need no namespace.
    for (const char* const elsewhere : {"http:", "https:", "src=", "@import", "url(", "<link"}) {
        INFO(elsewhere);
        CHECK(page.find(elsewhere) == std::string::npos);
    }
    CHECK(page.find("&lt;data&gt;.csv") != std::string::npos);
    CHECK(page.find("<data>") == std::string::npos);
    for (const char* const number : {"nan", "inf"}) {
        for (const char before : {'>', '"', ' ', 'M', 'H', 'V', 'L'}) {
            for (const char after : {'<', '"', ' ', '.'}) {
                INFO(before << number << after);
                CHECK(page.find(before + std::string(number) + after) == std::string::npos);
            }
        }
    }
}

TEST_CASE("digits: the page says what mohs is and what MAP@R is before it uses either", "[digits]")
{
    Laboratory laboratory = whole_laboratory();
    const std::string without = to_html(laboratory, results(laboratory));
    CHECK(without.find("<a ") == std::string::npos);
    laboratory.readme = "../a&b/README.md";
    const std::string page = to_html(laboratory, results(laboratory));
    const std::string body = page.substr(page.find("<h1>"));
    CHECK(body.find("header-only C++20 library for hard negative mining") < body.find("<h2>"));
    CHECK(body.find("<a href=\"../a&amp;b/README.md\">README</a>") < body.find("<h2>"));
    CHECK(body.find("<b>MAP@R</b>") + 3 == body.find("MAP@R"));
    CHECK(body.find("<b>Mine</b> where") < body.find("<h2>Filters"));
    CHECK(body.find("<b>Do not mine the hardest</b>") < body.find("<h2>Filters"));
}

TEST_CASE("digits: curves have bands of one standard error where there are several seeds", "[digits]")
{
    const auto chart = [](const std::vector<double>& errors) {
        return line_chart("title", "x", "y", {{"label", 0, false, {{0, 0.25}, {10, 0.5}}, {"", ""}, errors}});
    };
    CHECK(chart({}).find("class=\"band\"") == std::string::npos);
    const std::string svg = chart({0.125, 0.0625}), key = "class=\"band\" d=\"M";
    const std::size_t begin = svg.find(key);
    REQUIRE(begin != std::string::npos);
    std::string text = svg.substr(begin + key.size());
    text = text.substr(0, text.find('Z'));
    std::replace(text.begin(), text.end(), 'L', ' ');
    std::vector<double> numbers;
    std::istringstream stream(text);
    for (double number = 0; stream >> number;) {
        numbers.push_back(number);
    }
    // Left to right above, right to left below; y grows downwards.
    REQUIRE(numbers.size() == 8);
    CHECK(numbers[0] == numbers[6]);
    CHECK(numbers[2] == numbers[4]);
    CHECK(numbers[2] > numbers[0]);
    const double unit = (numbers[7] - numbers[1]) / 0.25;
    CHECK(unit > 0);
    CHECK((numbers[5] - numbers[3]) / unit == Approx(0.125).margin(2e-3));
    CHECK((numbers[1] + numbers[7] - numbers[3] - numbers[5]) / (2 * unit) == Approx(0.25).margin(2e-3));
    for (std::size_t i = 1; i < numbers.size(); i += 2) {
        CHECK((numbers[i] >= top && numbers[i] <= height - bottom));
    }

    Laboratory laboratory = whole_laboratory();
    CHECK(curves_section(laboratory, results(laboratory)).find("class=\"band\"") == std::string::npos);
    for (std::vector<Run>& runs : laboratory.runs) {
        runs.push_back(runs.front());
        runs.back().curve.back().scores.map_at_r += 0.1;
    }
    laboratory.seeds = 2;
    const std::string section = curves_section(laboratory, results(laboratory));
    CHECK(section.find("class=\"band\"") != std::string::npos);
    // 0.55 and 0.65: a deviation of 0.1 / sqrt(2), an error of 0.05.
    CHECK(section.find("SupCon 0.600 ± 0.050") != std::string::npos);
}

TEST_CASE("digits: the projection finds the plane of largest variance", "[digits]")
{
    // Variance along (3, 4, 0) / 5 and, less, along the third axis; none across.
    mohs::Matrix rows(4, 3);
    rows << 30, 40, 1, -30, -40, 1, 30, 40, -1, -30, -40, -1;
    rows.rowwise() += Eigen::RowVector3f(5, 6, 7);
    const auto [points, share] = project(rows);
    CHECK(share == Approx(1).epsilon(1e-9));
    for (Index row = 0; row < 4; ++row) {
        CHECK(points(row, 0) == Approx(row % 2 == 0 ? 50 : -50).epsilon(1e-6));
        CHECK(std::abs(points(row, 1)) == Approx(1).epsilon(1e-6));
    }
    CHECK(project(mohs::Matrix::Ones(3, 4)).second == 0);
}

TEST_CASE("digits: files are opened early and written late", "[digits]")
{
    const std::filesystem::path path = temporary_path();
    std::ofstream(path) << "what was there before, and was longer";
    OutputFile file(path.string());
    CHECK(std::filesystem::file_size(path) > 20);
    file.replace([](std::ostream& stream) { stream << "new"; });
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    CHECK(text.str() == "new");
    std::filesystem::remove(path);

    std::string message;
    try {
        const OutputFile nowhere("/no/such/folder/x.html");
    } catch (const std::runtime_error& error) {
        message = error.what();
    }
    CHECK(message.starts_with("/no/such/folder/x.html: cannot be written: "));
}

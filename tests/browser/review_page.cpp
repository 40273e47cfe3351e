// The page of examples/review in a browser.

#include "catch.hpp"
#include "io/scratch_folder.hpp"
#include "web_driver.hpp"

#include <mohs/adapter/review_json.hpp>
#include <mohs/filter/exclude_near_duplicates.hpp>
#include <mohs/io/atomic_file.hpp>
#include <mohs/mining/nearest_neighbours.hpp>
#include <mohs/review/except_judged_negatives.hpp>
#include <mohs/review/exclude_judged_positives.hpp>
#include <mohs/review/judged_relation.hpp>

#include <chrono>
#include <map>
#include <review/page.hpp>
#include <set>
#include <thread>

namespace {

using mohs::Answer;
using mohs::Batch;
using mohs::Index;
using mohs::ReviewQueue;
using mohs::ReviewRecord;
using mohs::ReviewSubject;
using mohs::Suspicion;

/// Waits until a file is there as a whole.
std::filesystem::path wait_for(const std::filesystem::path& path)
{
    for (int i = 0; i < 300 && !std::filesystem::exists(path); ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds{50});
    }
    return path;
}

void write_page(const std::filesystem::path& path, const ReviewQueue& queue, const review::Samples& samples,
                const review::PageOptions& options = {})
{
    mohs::AtomicFile file(path);
    file.write(review::to_html(queue, samples, options));
    file.commit();
}

struct Setting {
    ScratchFolder folder;
    Browser browser;

    Setting() : browser(make(folder / "profile"), make(folder / "downloads")) {}

    static std::filesystem::path make(const std::filesystem::path& path)
    {
        std::filesystem::create_directory(path);
        return path;
    }

    void check_console()
    {
        const nlohmann::json lines = browser.console();
        INFO(lines.dump(1));
        CHECK(lines.empty());
    }
};

/// Rows on a line, with ids, and negatives that are suspiciously close to their anchor.
struct Line {
    mohs::Matrix rows{8, 1};
    std::vector<int> labels{0, 0, 1, 2, 3, 4, 5, 5};
    std::vector<std::int64_t> ids{10, 11, 12, 13, 14, 15, 9007199254740993, 17};

    Line() { rows << 0, 9, 1, 2.5F, 4.75F, 8, 13, 14; }
    [[nodiscard]] Batch<float> batch() const { return Batch{rows, labels}.with_ids(ids); }

    /// Pairs at most 3 apart, by those who may still be negatives, and a label.
    template <class... Filters>
    [[nodiscard]] ReviewQueue suspected(const Filters&... filters) const
    {
        const mohs::NearestNeighbours nearest{mohs::Euclidean{}, {.k = 3, .among = mohs::Among::negatives}, filters...};
        const auto found = nearest(batch());
        mohs::Suspects suspects{{.of = Suspicion::label, .anchor = 6, .score = 0, .reason = "near"}};
        for (Index row = 0; row < rows.rows(); ++row) {
            for (Index rank = 0; rank < found.count(row); ++rank) {
                if (found.value(row, rank) <= 3) {
                    suspects.push_back({.of = Suspicion::negative,
                                        .anchor = row,
                                        .candidate = found.index(row, rank),
                                        .positive = row < 2 ? 1 - row : -1,
                                        .score = 1 / found.value(row, rank),
                                        .reason = "near"});
                }
            }
        }
        ReviewQueue queue;
        queue.add(suspects, batch());
        return queue;
    }
};

/// Loads the page again. A busy Chromium may begin a new process without what another one stored: then once more.
void load_again(Browser& browser)
{
    browser.reload();
    for (int i = 0; i < 5 && browser.run("return localStorage.length") == 0; ++i) {
        browser.reload();
    }
}

}

TEST_CASE("three records are judged by keyboard, kept on reload, saved, read, and honoured by mining")
{
    const Line line;
    const ReviewQueue queue = line.suspected();
    // 10-12 at 1, 15-11 at 1, 12-13 at 1.5, 13-14 at 2.25, 10-13 at 2.5, and the label.
    const auto ranked = queue.ranked();
    REQUIRE(ranked.size() == 6);
    CHECK(ranked[5].get().of == Suspicion::label);

    Setting setting;
    Browser& browser = setting.browser;
    review::Samples samples;
    for (const std::int64_t id : line.ids) {
        samples[id] = {.text = "sample number " + std::to_string(id), .label = "", .image = ""};
    }
    write_page(setting.folder / "page.html", queue, samples);
    browser.open(setting.folder / "page.html");
    const auto shown = [&] { return browser.run("return document.body.dataset.record").get<std::string>(); };
    CHECK(browser.text("#count") == "0 of 6 judged");
    CHECK(shown() == ranked[0].get().id().text());
    CHECK(browser.text("#anchor") == "sample number " + std::to_string(ranked[0].get().subject.anchor));
    CHECK(browser.text("#candidate") == "sample number " + std::to_string(*ranked[0].get().subject.candidate));
    REQUIRE(ranked[0].get().positive);
    CHECK(browser.text("#other-positive") == "sample number " + std::to_string(*ranked[0].get().positive));

    // Nobody is anonymous.
    const std::string annotator = "Zo\u00EB <b>pdnu</b>";
    browser.type("body", "p");
    CHECK(browser.run("return document.querySelector('#warning').hidden") == false);
    CHECK(browser.text("#count") == "0 of 6 judged");
    browser.type("#annotator", annotator);
    browser.type("#annotator", key::enter);
    CHECK(browser.text("#count") == "0 of 6 judged");

    browser.type("body", "p");
    CHECK(browser.run("return document.querySelector('#warning').hidden") == true);
    CHECK(shown() == ranked[1].get().id().text());
    browser.type("body", "p");
    browser.type("body", "u");
    CHECK(shown() == ranked[1].get().id().text());
    CHECK(browser.text("#count") == "1 of 6 judged");
    browser.type("body", "N");
    browser.type("body", "s");
    CHECK(browser.text("#count") == "3 of 6 judged, 1 of them skipped");
    CHECK(browser.run("return document.querySelector('#progress').value") == 3);
    // The last one, a label of a sample whose id is no number of JavaScript.
    browser.type("body", std::string(key::right) + key::right + key::right);
    CHECK(shown() == ranked[5].get().id().text());
    CHECK(browser.run("return document.querySelector('#candidate-box').hidden") == true);
    browser.type("body", "n");
    browser.type("body", "p");
    CHECK(browser.text("#count") == "5 of 6 judged, 1 of them skipped");
    // The answer before is back.
    browser.type("body", std::string(key::right) + key::right + "p" + key::right);
    CHECK(shown() == ranked[5].get().id().text());
    CHECK(browser.run("return document.querySelector('#positive').ariaPressed") == "true");
    browser.type("body", std::string(key::left) + key::backspace);
    CHECK(shown() == ranked[5].get().id().text());
    CHECK(browser.run("return document.querySelector('#negative').ariaPressed") == "true");
    browser.type("body", "u");
    browser.type("body", "u");
    browser.type("body", std::string(key::right) + key::right + "n");
    CHECK(browser.text("#count") == "4 of 6 judged, 1 of them skipped");

    load_again(browser);
    CHECK(browser.text("#count") == "4 of 6 judged, 1 of them skipped");
    CHECK(shown() == ranked[3].get().id().text());
    CHECK(browser.run("return document.querySelector('#annotator').value") == annotator);
    browser.type("body", "u");
    CHECK(browser.text("#count") == "3 of 6 judged, 1 of them skipped");
    browser.type("body", "n");

    browser.type("body", "d");
    std::istringstream saved(
        content_of(wait_for(setting.folder / "downloads" / ("verdicts-" + queue.id().text() + ".jsonl"))));
    mohs::Verdicts verdicts;
    verdicts.add(mohs::read_verdicts_jsonl(saved));
    REQUIRE(verdicts.all().size() == 4);
    const auto now = std::chrono::system_clock::now();
    for (const mohs::Verdict& verdict : verdicts.all()) {
        CHECK(verdict.annotator == annotator);
        CHECK(verdict.annotator_kind == mohs::AnnotatorKind::person);
        CHECK(verdict.queue == queue.id());
        CHECK(verdict.time <= now);
        CHECK(verdict.time > now - std::chrono::minutes{10});
    }
    CHECK(verdicts.answer(ranked[0].get().id()) == Answer::positive);
    CHECK(verdicts.answer(ranked[1].get().id()) == Answer::negative);
    CHECK(verdicts.answer(ranked[2].get().id()) == Answer::skip);
    CHECK(verdicts.answer(ranked[5].get().id()) == Answer::negative);
    const mohs::VerdictReport report = verdicts.report(queue);
    CHECK(report.unknown.empty());
    CHECK(report.of_other_queues == 0);
    CHECK(report.undecided == 3);
    setting.check_console();

    // Mined again, with a filter that suspects all pairs that are close.
    const Batch batch = line.batch();
    const mohs::JudgedPairs judged(verdicts, batch);
    const ReviewQueue again = line.suspected(mohs::ExcludeJudgedPositives{judged}).without(verdicts);
    std::set<mohs::ReviewId> asked, expected;
    for (const ReviewRecord& record : again.ranked()) {
        asked.insert(record.id());
    }
    for (const std::size_t open : {2U, 3U, 4U}) {
        expected.insert(ranked[open].get().id());
    }
    CHECK(asked == expected);
    const mohs::NearestNeighbours nearest{
        mohs::Euclidean{},
        {.k = 8, .among = mohs::Among::negatives},
        mohs::ExcludeJudgedPositives{judged},
        mohs::ExceptJudgedNegatives{judged, mohs::ExcludeNearDuplicates{mohs::distance(3), std::false_type{}}}};
    const std::vector<mohs::Role> roles = verdicts.roles(batch);
    CHECK(roles[6] == mohs::Role::none);
    const auto negatives = nearest(batch.with_roles(roles));
    const auto row_of = [&](std::int64_t id) {
        return static_cast<Index>(std::find(line.ids.begin(), line.ids.end(), id) - line.ids.begin());
    };
    const auto is_negative = [&](const ReviewRecord& record) {
        const Index anchor = row_of(record.subject.anchor), candidate = row_of(*record.subject.candidate);
        const Index* const begin = &negatives.indices()(anchor, 0);
        return std::find(begin, begin + negatives.count(anchor), candidate) != begin + negatives.count(anchor);
    };
    CHECK(!is_negative(ranked[0]));
    CHECK(is_negative(ranked[1]));
    CHECK(!is_negative(ranked[2]));
    CHECK(negatives.count(6) == 0);
    const mohs::Relation relation = mohs::judged_relation(judged, batch);
    const auto positives = relation.positives(row_of(ranked[0].get().subject.anchor));
    CHECK(std::count(positives.begin(), positives.end(), row_of(*ranked[0].get().subject.candidate)) == 1);

    // Another queue, another state; the first one's is still there.
    write_page(setting.folder / "again.html", again, samples, {.annotator = annotator, .queue = queue.id()});
    browser.open(setting.folder / "again.html");
    CHECK(browser.text("#count") == "0 of 3 judged");
    // Its verdicts are of the whole queue.
    browser.type("body", "n");
    browser.type("body", "d");
    std::istringstream more(
        content_of(wait_for(setting.folder / "downloads" / ("verdicts-" + again.id().text() + ".jsonl"))));
    verdicts.add(mohs::read_verdicts_jsonl(more));
    CHECK(verdicts.all().size() == 5);
    CHECK(verdicts.report(queue).of_other_queues == 0);
    browser.open(setting.folder / "page.html");
    load_again(browser);
    CHECK(browser.text("#count") == "4 of 6 judged, 1 of them skipped");

    // What is judged in another window with this page counts here too.
    const std::string name = "mohs-review:" + queue.id().text() + ":" + ranked[1].get().id().text() + ":" + annotator;
    browser.run("window.dispatchEvent(new StorageEvent('storage', {key: '" + name + "', newValue: null}))");
    CHECK(browser.text("#count") == "3 of 6 judged, 1 of them skipped");
    browser.run("window.dispatchEvent(new StorageEvent('storage', {key: '" + name +
                "', newValue: JSON.stringify({verdict: 'skip', time: ''})}))");
    CHECK(browser.text("#count") == "4 of 6 judged, 2 of them skipped");
    browser.run("window.dispatchEvent(new StorageEvent('storage', {key: null}))");
    CHECK(browser.text("#count") == "4 of 6 judged, 2 of them skipped");
    setting.check_console();
}

TEST_CASE("every answer is kept with who gave it, and undo leaves what another window said later")
{
    ReviewQueue queue;
    for (std::int64_t anchor = 0; anchor < 3; ++anchor) {
        queue.add(ReviewRecord{Suspicion::label, {anchor, {}}, {}, 0, {{"judge", static_cast<double>(-anchor)}}});
    }
    Setting setting;
    Browser& browser = setting.browser;
    write_page(setting.folder / "page.html", queue, {}, {.annotator = "Anna"});
    browser.open(setting.folder / "page.html");
    const auto name_is = [&](const std::string& name) {
        browser.run("document.querySelector('#annotator').value = ''");
        browser.type("#annotator", name);
        browser.type("#annotator", key::enter);
    };
    browser.type("body", "p");
    browser.type("body", "n");
    CHECK(browser.text("#count") == "2 of 3 judged");
    // Another person judges the same records, and does not see what Anna said.
    name_is("Ben");
    CHECK(browser.text("#count") == "0 of 3 judged");
    browser.type("body", "u");
    browser.type("body", "nns");
    CHECK(browser.text("#count") == "3 of 3 judged, 1 of them skipped");
    browser.type("body", "u");
    CHECK(browser.text("#count") == "2 of 3 judged");
    load_again(browser);
    CHECK(browser.text("#count") == "2 of 3 judged");
    name_is("Anna");
    CHECK(browser.text("#count") == "2 of 3 judged");
    CHECK(browser.run("return document.body.dataset.record") == ReviewSubject{2, {}}.id().text());

    // In another window Anna thinks again: what she says there stays, and what she said here is undone.
    const std::string item = "mohs-review:" + queue.id().text() + ":" + ReviewSubject{1, {}}.id().text() + ":Anna";
    browser.run("localStorage.setItem('" + item +
                "', JSON.stringify({verdict: 'positive', time: '2026-03-01T12:00:00.000Z'}))");
    browser.type("body", "u");
    CHECK(browser.text("#count") == "2 of 3 judged");
    CHECK(browser.run("return document.querySelector('#positive').ariaPressed") == "true");
    CHECK(browser.run("return document.querySelector('#warning').hidden") == false);
    browser.type("body", "u");
    CHECK(browser.text("#count") == "1 of 3 judged");
    browser.type("body", "p");

    // A third one saves what both have said.
    name_is("Cleo");
    CHECK(browser.text("#count") == "0 of 3 judged");
    browser.type("body", "d");
    std::istringstream saved(
        content_of(wait_for(setting.folder / "downloads" / ("verdicts-" + queue.id().text() + ".jsonl"))));
    std::map<std::pair<std::int64_t, std::string>, Answer> said;
    for (const mohs::Verdict& verdict : mohs::read_verdicts_jsonl(saved)) {
        REQUIRE(verdict.subject);
        said[{verdict.subject->anchor, verdict.annotator}] = verdict.answer;
    }
    CHECK(said == std::map<std::pair<std::int64_t, std::string>, Answer>{{{0, "Anna"}, Answer::positive},
                                                                         {{0, "Ben"}, Answer::negative},
                                                                         {{1, "Anna"}, Answer::positive},
                                                                         {{1, "Ben"}, Answer::negative}});
    setting.check_console();
}

TEST_CASE("ordered pairs show candidates by ids of their own, and are saved as such")
{
    ReviewQueue queue;
    queue.add(ReviewRecord{Suspicion::positive, {3, 3, true}, 4, 0, {{"consistency", 1}}});
    review::Samples queries, passages;
    queries[3] = {.text = "query", .label = "", .image = ""};
    passages[3] = {.text = "passage", .label = "", .image = ""};
    passages[4] = {.text = "another passage", .label = "", .image = ""};
    Setting setting;
    Browser& browser = setting.browser;
    write_page(setting.folder / "page.html", queue, queries, {.annotator = "Anna", .candidates = &passages});
    browser.open(setting.folder / "page.html");
    CHECK(browser.text("#anchor") == "query");
    CHECK(browser.text("#candidate") == "passage");
    CHECK(browser.text("#other-positive") == "another passage");
    browser.type("body", "d");
    CHECK(browser.text("#warning") == "Nothing is judged yet.");
    browser.type("body", "nd");
    std::istringstream saved(
        content_of(wait_for(setting.folder / "downloads" / ("verdicts-" + queue.id().text() + ".jsonl"))));
    const auto verdicts = mohs::read_verdicts_jsonl(saved);
    REQUIRE(verdicts.size() == 1);
    CHECK(verdicts[0].subject == ReviewSubject{3, 3, true});
    CHECK(verdicts[0].answer == Answer::negative);
    setting.check_console();
}

TEST_CASE("nothing in a queue or in samples becomes markup or script")
{
    const std::string attack =
        "</script><script>window.injected = 1; alert(1)</script><img src=x onerror=\"window.injected=1\">";
    const std::vector<std::string> texts{
        attack,
        "<!--<script>" + attack,
        "\"'`\\\"};window.injected=1;({\"",
        "\u2028window.injected=1;\u2029//",
        "\u202E\u05E9\u05DC\u05D5\u05DD <b>bold</b> \u2067\u0645\u0631\u062D\u0628\u0627",
        "&lt;script&gt;&amp;&#x3c;",
        std::string("tab\tline\nreturn\r zero-width \u200B"),
        "__proto__",
        std::string(1 << 20, 'x') + attack,
        "]]>{{constructor.constructor('window.injected=1')()}}${window.injected=1}",
    };
    ReviewQueue queue;
    review::Samples samples;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        const auto id = static_cast<std::int64_t>(i);
        samples[id] = {.text = texts[i], .label = texts[i].substr(0, 200), .image = ""};
        queue.add(ReviewRecord{i % 3 == 0 ? Suspicion::label : Suspicion::negative,
                               {id, i % 3 == 0 ? std::nullopt : std::optional<std::int64_t>{0}},
                               i % 3 == 0 ? std::nullopt : std::optional<std::int64_t>{4},
                               0,
                               {{texts[i].substr(0, 500), -static_cast<double>(i)}}});
    }
    Setting setting;
    Browser& browser = setting.browser;
    write_page(setting.folder / "page.html", queue, samples,
               {.title = attack, .annotator = "\"><script>window.injected=1</script>"});
    browser.open(setting.folder / "page.html");
    CHECK(browser.run("return document.title") == attack);
    CHECK(browser.run("return document.querySelector('#annotator').value") == "\"><script>window.injected=1</script>");
    for (std::size_t i = 0; i < texts.size(); ++i) {
        INFO(i);
        CHECK(browser.run("return document.querySelector('#anchor > div').textContent") == texts[i]);
        CHECK(browser.run("return document.querySelector('#anchor > div').dir") == "auto");
        CHECK(browser.run("return document.querySelector('#anchor bdi').textContent") == texts[i].substr(0, 200));
        CHECK(browser.run("return document.querySelector('#reasons bdi').textContent") == texts[i].substr(0, 500));
        CHECK(browser.run(
                  "return document.querySelectorAll('.content *:not(div, p, bdi), #reasons *:not(bdi)').length") == 0);
        browser.type("body", key::right);
    }
    browser.type("body", "p");
    // Right-to-left text turns around where it is, and nowhere else.
    CHECK(browser.run("return getComputedStyle(document.querySelector('#question')).direction") == "ltr");
    CHECK(browser.run("return document.scripts.length") == 2);
    CHECK(browser.run("return typeof window.injected") == "undefined");
    CHECK(!browser.has_dialog());
    setting.check_console();

    // The policy holds even where a script got in.
    CHECK(browser.run("const script = document.createElement('script'); script.textContent = 'window.injected = 1';"
                      "document.body.append(script); return typeof window.injected") == "undefined");
}

TEST_CASE("a page with pictures shows them, and an empty queue says so")
{
    Setting setting;
    Browser& browser = setting.browser;
    ReviewQueue queue;
    queue.add(ReviewRecord{Suspicion::negative, {1, 2}, 3, 0, {{"near", 1}}});
    review::Samples samples;
    // A transparent pixel.
    const std::string pixel = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";
    samples[1] = {.text = "", .label = "7", .image = pixel};
    samples[2] = {.text = "with text", .label = "", .image = pixel};
    write_page(setting.folder / "page.html", queue, samples);
    browser.open(setting.folder / "page.html");
    CHECK(browser.run(
              "const image = document.querySelector('#anchor img'); return [image.complete, image.naturalWidth]") ==
          nlohmann::json({true, 1}));
    CHECK(browser.text("#anchor") == "label: 7");
    CHECK(browser.text("#candidate") == "with text");
    CHECK(browser.text("#other-positive") == "sample 3");
    setting.check_console();

    write_page(setting.folder / "empty.html", ReviewQueue{}, {});
    browser.open(setting.folder / "empty.html");
    CHECK(browser.text("#count") == "0 of 0 judged");
    browser.type("body", "pnsud");
    CHECK(browser.text("#count") == "0 of 0 judged");
    setting.check_console();
}

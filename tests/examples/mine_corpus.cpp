// The pieces of examples/mine_corpus. mine_corpus.sh runs the program.

#include "../../examples/common/progress_line.hpp"
#include "../../examples/mine_corpus/journal.hpp"
#include "../../examples/mine_corpus/output_lines.hpp"
#include "../../examples/mine_corpus/report_html.hpp"
#include "../../examples/mine_corpus/report_json.hpp"
#include "../../examples/mine_corpus/summary.hpp"
#include "catch.hpp"
#include "io/scratch_folder.hpp"

#include <fstream>

#include "../../examples/mine_corpus/block.cpp"
#include "../../examples/mine_corpus/journal.cpp"
#include "../../examples/mine_corpus/outcome.cpp"
#include "../../examples/mine_corpus/output_lines.cpp"
#include "../../examples/mine_corpus/report_html.cpp"
#include "../../examples/mine_corpus/report_json.cpp"
#include "../../examples/mine_corpus/settings.cpp"
#include "../../examples/mine_corpus/summary.cpp"

namespace {

mine_corpus::Block some_block()
{
    mine_corpus::Block block;
    block.text = "{\"query\":0}\nline\n";
    block.lists = 2;
    block.negatives = 3;
    block.shortfalls = {{1, 1}};
    block.rejected = {{"rejected_near_duplicates", 4}};
    block.positive = {0.1, 1.0 / 3};
    block.negative = {0.25, -1e-300, 0.5};
    block.difference = {0.05};
    block.depth = {3, 7};
    block.suspects = {{{0, 5, -1}, 0.25}};
    block.samples = {{.query = "<b>&", .positives = {{"p", 0.5}}, .negatives = {{"n", std::nullopt}}}};
    return block;
}

TEST_CASE("mine_corpus: a block comes back as it was", "[example]")
{
    const mine_corpus::Block block = some_block(), back = mine_corpus::parse_block(mine_corpus::block_bytes(block));
    CHECK(back.text == block.text);
    CHECK(back.lists == block.lists);
    CHECK(back.shortfalls == block.shortfalls);
    CHECK(back.rejected == block.rejected);
    CHECK(back.positive == block.positive);
    CHECK(back.negative == block.negative);
    CHECK(back.suspects == block.suspects);
    CHECK(back.samples == block.samples);
    CHECK(mine_corpus::block_bytes(back) == mine_corpus::block_bytes(block));
}

TEST_CASE("mine_corpus: a block that lacks a byte or has another is refused", "[example]")
{
    const std::string bytes = mine_corpus::block_bytes(some_block());
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        std::string changed = bytes;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        CHECK_THROWS_AS(mine_corpus::parse_block(changed), std::runtime_error);
        CHECK_THROWS_AS(mine_corpus::parse_block(bytes.substr(0, at)), std::runtime_error);
    }
}

TEST_CASE("mine_corpus: a journal has the blocks of its key alone", "[example]")
{
    const ScratchFolder folder;
    const std::string out = (folder / "out").string();
    const mine_corpus::Journal journal(out, "one"), other(out, "two");
    journal.add(3, some_block());
    CHECK(journal.find(3)->text == some_block().text);
    CHECK_FALSE(journal.find(2));
    CHECK_FALSE(other.find(3));
    journal.remove();
    CHECK_FALSE(journal.find(3));
    CHECK(std::filesystem::exists(other.folder()));
    other.remove();
    CHECK_FALSE(std::filesystem::exists(out + ".journal"));
}

TEST_CASE("mine_corpus: blocks together are what one block would be", "[example]")
{
    mine_corpus::Outcome outcome;
    outcome.add(some_block());
    outcome.add(some_block());
    CHECK(outcome.all.lists == 4);
    CHECK(outcome.all.rejected == std::vector<std::pair<std::string, mohs::Index>>{{"rejected_near_duplicates", 8}});
    CHECK(outcome.all.negative.size() == 6);
    CHECK(outcome.all.samples.size() == 2);
}

TEST_CASE("mine_corpus: reports keep text from being markup", "[example]")
{
    mine_corpus::Outcome outcome;
    outcome.add(some_block());
    const std::string page = mine_corpus::report_html({}, outcome);
    CHECK(page.find("&lt;b&gt;&amp;") != std::string::npos);
    CHECK(page.find("<b>") == std::string::npos);
    CHECK(page.find("no score") != std::string::npos);
    CHECK(page.find("rejected near duplicates") != std::string::npos);
    const auto json = nlohmann::json::parse(mine_corpus::report_json({}, outcome));
    CHECK(json.at("rejected").at("rejected_near_duplicates") == 4);
    CHECK(json.at("negative").at("count") == 3);
    CHECK(json.at("shortfalls").size() == 1);
    // A run without any negatives has a page, too.
    CHECK(mine_corpus::report_html({}, {}).find("There are no values") != std::string::npos);
}

TEST_CASE("mine_corpus: an output must not be an input", "[example]")
{
    const ScratchFolder folder;
    const std::string input = (folder / "c.npy").string();
    std::ofstream(input) << "x";
    mine_corpus::Settings settings;
    settings.corpus = input;
    settings.out = (folder / "./c.npy").string();
    CHECK_THROWS_AS(mine_corpus::check_paths(settings), std::runtime_error);
    std::filesystem::create_hard_link(input, folder / "hard");
    settings.out = (folder / "hard").string();
    CHECK_THROWS_AS(mine_corpus::check_paths(settings), std::runtime_error);
    settings.out = (folder / "new").string();
    CHECK_NOTHROW(mine_corpus::check_paths(settings));
    settings.reports = {settings.out};
    CHECK_THROWS_AS(mine_corpus::check_paths(settings), std::runtime_error);
}

TEST_CASE("Progress: durations", "[example]")
{
    CHECK(examples::ProgressLine::duration(0) == "0 s");
    CHECK(examples::ProgressLine::duration(59.4) == "59 s");
    CHECK(examples::ProgressLine::duration(185) == "3:05 min");
    CHECK(examples::ProgressLine::duration(2 * 3600 + 7 * 60) == "2:07 h");
}

}  // namespace

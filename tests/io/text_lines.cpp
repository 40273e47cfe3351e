#include <mohs/io/text_lines.hpp>

#include "../catch.hpp"
#include "bytes.hpp"

namespace {

using mohs::IdIndex;
using mohs::TextLines;

std::string refused_texts(const std::filesystem::path& path, const std::string& content)
{
    return refusal_of_file(path, content, [](const auto& file) { TextLines{file}; });
}

std::string refused_ids(const std::filesystem::path& path, const std::string& content)
{
    return refusal_of_file(path, content, [](const auto& file) { (void)IdIndex::from_file(file); });
}

std::vector<std::string> texts_of(const std::filesystem::path& path, const std::string& content)
{
    put(path, content);
    const TextLines lines(path);
    std::vector<std::string> result;
    for (mohs::Index row = 0; row < lines.size(); ++row) {
        result.push_back(lines[row]);
    }
    return result;
}

}

TEST_CASE("a text is a line of its file")
{
    using Texts = std::vector<std::string>;
    const ScratchFolder folder;
    const auto path = folder / "texts";
    CHECK(texts_of(path, "") == Texts{});
    CHECK(texts_of(path, "one\ntwo") == Texts{"one", "two"});
    CHECK(texts_of(path, "one\r\n\r\n\nfour\n") == Texts{"one", "", "", "four"});
    CHECK(texts_of(path,
                   "\xEF\xBB\xBF"
                   "a\tb\n\xEF\xBB\xBF"
                   "c\n") == Texts{"a\tb",
                                   "\xEF\xBB\xBF"
                                   "c"});
    CHECK(texts_of(path, "a\r\rb\n\n") == Texts{"a\r\rb", ""});
    const std::string large(300000, 'x');
    CHECK(texts_of(path, "first\n" + large + "\nlast") == Texts{"first", large, "last"});

    const TextLines lines(path);
    CHECK_THROWS_AS(lines[3], std::out_of_range);
    CHECK_THROWS_AS(lines[-1], std::out_of_range);
    std::filesystem::resize_file(path, 7);
    CHECK(lines[0] == "first");
    CHECK(mentions(thrown_by<std::runtime_error>([&] { (void)lines[2]; }), "became shorter while it was read"));
}

TEST_CASE("texts that are none are refused with their line")
{
    const ScratchFolder folder;
    const auto path = folder / "texts";
    CHECK(refused_texts(path, "a\n\xff\n") == "line 2: is not UTF-8");
    CHECK(refused_texts(path, "a\nb\xc3\nc") == "line 2: is not UTF-8");
    CHECK(refused_texts(path, std::string("a\0\n", 3)) == "line 1: is not UTF-8");
    CHECK(refused_ids(path, "a\n\xed\xa0\x80\n") == "line 2: is not UTF-8");
    CHECK(mentions(thrown_by<std::runtime_error>([&] { TextLines{folder / "none"}; }), "No such file"));
    CHECK(mentions(thrown_by<std::runtime_error>([&] { TextLines{folder / ""}; }), "is a folder"));
}

TEST_CASE("rows are found by their ids")
{
    const ScratchFolder folder;
    const auto path = folder / "ids";
    put(path, "d7\r\nd 8\n9");
    IdIndex ids = IdIndex::from_file(path);
    REQUIRE(ids.size() == 3);
    CHECK(ids[1] == "d 8");
    CHECK(ids.find("d7") == 0);
    CHECK(ids.find("9") == 2);
    CHECK_FALSE(ids.find("D7").has_value());
    CHECK_FALSE(ids.find("").has_value());
    CHECK_THROWS_AS(ids[3], std::out_of_range);
    const IdIndex moved = std::move(ids);
    CHECK(moved[0] == "d7");
    CHECK(moved.find("d 8") == 1);

    CHECK(refused_ids(path, "a\n\nb\n") == "line 2: the id is empty");
    CHECK(refused_ids(path, "a\nb\na\n") == "line 3: the id 'a' is that of row 0 already");
    CHECK(thrown_by<std::invalid_argument>([&] {
              IdIndex({"a", "b", "b"});
          }) == "mohs::IdIndex: id 2 'b' is that of row 1 already");
    CHECK_THROWS_AS(IdIndex({"a", ""}), std::invalid_argument);
    CHECK(IdIndex(std::vector<std::string>{}).size() == 0);
}

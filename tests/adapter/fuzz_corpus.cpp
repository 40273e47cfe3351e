#include "../fuzz/readers.hpp"

#include "../catch.hpp"
#include "../io/scratch_folder.hpp"

// The corpus of every target, as an ordinary test: files named good... are read, others are refused. Then every file cut
// off at every byte, and with every byte changed, which may be read or not.

TEST_CASE("inputs of the fuzz targets are read or refused", "[raises]")
{
    const std::filesystem::path corpus = std::filesystem::path(__FILE__).parent_path().parent_path() / "fuzz/corpus";
    std::size_t folders = 0;
    for (const auto& folder : std::filesystem::directory_iterator(corpus)) {
        const std::string name = folder.path().filename().string();
        INFO(name);
        ++folders;
        CHECK(std::any_of(std::begin(fuzz::targets), std::end(fuzz::targets),
                          [&](const fuzz::Target& target) { return target.name == name; }));
    }
    CHECK(folders == std::size(fuzz::targets));
    for (const fuzz::Target& target : fuzz::targets) {
        INFO(target.name);
        int files = 0;
        for (const auto& file : std::filesystem::directory_iterator(corpus / target.name)) {
            ++files;
            const std::string content = content_of(file.path());
            INFO(file.path().filename().string());
            CHECK(target.run(content) == file.path().filename().string().starts_with("good"));
            REQUIRE(content.size() <= 4096);
            for (std::size_t at = 0; at < content.size(); ++at) {
                static_cast<void>(target.run(std::string_view(content).substr(0, at)));
                std::string changed = content;
                for (const char mask : {'\x01', '\xff'}) {
                    changed[at] = static_cast<char>(content[at] ^ mask);
                    static_cast<void>(target.run(changed));
                }
            }
        }
        CHECK(files >= 2);
    }
}

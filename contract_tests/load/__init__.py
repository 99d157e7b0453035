"""The contract under load: many users at once on Locust, every answer judged by the code that judges the suite's."""
